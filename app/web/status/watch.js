// Asks the service how it is, again and again, while somebody can see the answer.
//
// Events: "told" (detail: {health, stats, history}); "locked" (detail: {health, sentence}: the figures want another key; the
// sentence is empty where there is none yet); "silent" (detail: {health, sentence}; health is null where the service does
// not answer at all, and else it is the figures that did not come).

import { addressOf } from "../address.js";
import { look } from "../health.js";

const FIRST_PERIOD_MS = 2000;
const SHORTEST_PERIOD_MS = 500;
const ANSWERS_WITHIN_MS = 10_000;
const REFUSALS = [401, 403];
const NO_ANSWER = "The server does not answer. Trying again …";
const NO_FIGURES = "The service answers, but its figures cannot be had at this address";

class Refused extends Error {}
class NoFigures extends Error {}

export class Watch extends EventTarget {
  #key;
  #newest;
  #periodMs = FIRST_PERIOD_MS;
  #refusal = null;
  #isAsking = false;
  #isPaused = false;
  #timer;

  // `key`: the user's, as Key has it. `newest`: tells the time of the newest point of the history that is here.
  constructor(key, newest) {
    super();
    this.#key = key;
    this.#newest = newest;
    document.addEventListener("visibilitychange", () => this.lookNow());
  }

  get isPaused() {
    return this.#isPaused;
  }

  pause(isPaused) {
    this.#isPaused = isPaused;
    this.lookNow();
  }

  // A key that was refused may be right by now.
  tryKey() {
    this.#refusal = null;
    this.lookNow();
  }

  async lookNow() {
    clearTimeout(this.#timer);
    if (this.#isPaused || this.#isAsking || document.visibilityState !== "visible") {
      return;
    }
    this.#isAsking = true;
    const [name, detail] = await this.#look();
    this.#isAsking = false;
    if (!this.#isPaused) {
      this.dispatchEvent(new CustomEvent(name, { detail }));
      this.#timer = setTimeout(() => this.lookNow(), this.#periodMs);
    }
  }

  async #look() {
    const health = await look();
    if (health.ok === undefined) {
      return ["silent", { health: null, sentence: health.reason }];
    }
    this.#key.want(health.needs_key);
    if (this.#key.isMissing) {
      return ["locked", { health, sentence: "" }];
    }
    if (this.#refusal?.key === this.#key.value) {
      return ["locked", { health, sentence: this.#refusal.sentence }];
    }
    const key = this.#key.value;
    try {
      const asked = ["stats", `stats/history?after=${this.#newest()}`];
      const [stats, history] = await Promise.all(asked.map((path) => this.#ask(path)));
      this.#periodMs = Math.max(stats.sample_period_s * 1000, SHORTEST_PERIOD_MS);
      return ["told", { health, stats, history }];
    } catch (error) {
      if (error instanceof Refused) {
        this.#refusal = { key, sentence: error.message };
        return ["locked", { health, sentence: error.message }];
      }
      const isHere = error instanceof NoFigures;
      return ["silent", { health: isHere ? health : null, sentence: isHere ? error.message : NO_ANSWER }];
    }
  }

  async #ask(path) {
    const signal = AbortSignal.timeout(ANSWERS_WITHIN_MS);
    const answer = await fetch(addressOf(path), { headers: this.#key.headers, signal });
    let body;
    try {
      body = await answer.json();
    } catch {
      throw new NoFigures(`${NO_FIGURES} (status ${answer.status}). Trying again …`);
    }
    if (REFUSALS.includes(answer.status)) {
      throw new Refused(body.error);
    }
    if (!answer.ok) {
      throw new NoFigures(`${NO_FIGURES} (status ${answer.status}). Trying again …`);
    }
    return body;
  }
}
