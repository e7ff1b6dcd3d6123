// A conversation with the server, over as many connections as it takes.
//
// The server answers flushes in the order in which they were sent, so the oldest one without an end is the one that a
// chunk belongs to. A connection that is lost is made again, and what was not heard to its end goes on at the first sample
// that did not come. State: "closed" → "connecting" → "open", and "waiting" between two connections.
//
// Events: "change" of the state; "chunk" (detail: {flush, chunk, isFirst}); "dropped" (detail: a flush that comes to no
// end); "problem" (detail: a sentence).

import { untilReady } from "../health.js";
import { Connection } from "./connection.js";
import { Flush } from "./flush.js";

const NORMAL_CLOSURE = 1000;
const IDLE_CLOSURE = 1001;
const FULL_CLOSURE = 1013;
const FINAL_CODES = [NORMAL_CLOSURE, 1008, 1009]; // the server would close the next one as well
const KEY_ERRORS = ["missing_api_key", "invalid_api_key"];
const PASSING_ERRORS = ["going_away", "not_ready"];
const FRUITLESS_AT_MOST = 5;
const PAUSE_MS = 300;
const LOST = "The connection was lost. If that goes on, look at the service, then press Speak.";
const NOT_MADE =
  "There is no connection: the service did not take it, or a proxy on the way does not let WebSockets through.";

export class Session extends EventTarget {
  #key;
  #connection = null;
  #flushes = [];
  #isLeaving = false;
  #cancels = 0;
  #cancelIndex = -1;
  #fruitless = 0;
  #previousEndedAt = -Infinity;
  #waiting = null;

  // `key` holds the API key that the next connection is made with.
  constructor(key) {
    super();
    this.#key = key;
  }

  state = "closed";

  // Why there is no connection, in the state "waiting".
  reason = "";

  get isAwaitingSpeech() {
    return this.#flushes.length > 0;
  }

  connect() {
    if (this.state === "closed") {
      this.#fruitless = 0;
      this.#open();
    }
  }

  // Speaks `asked`: {text, voice, speed, rateHz}. Returns the flush.
  speak(asked, askedAt) {
    const flush = new Flush(asked, askedAt);
    this.#flushes.push(flush);
    this.connect();
    this.#send();
    this.#tell("change");
    return flush;
  }

  // Gives up all that was to be spoken; the connection stays.
  cancel() {
    if (this.state === "open" && this.#flushes.some(({ messageIndex }) => messageIndex !== null)) {
      this.#cancels += 1;
      this.#cancelIndex = this.#connection.send({ cancel: true });
    }
    this.#dropAll();
    if (this.state === "waiting") {
      this.#become("closed");
    }
    this.#tell("change");
  }

  disconnect() {
    this.#dropAll();
    this.#connection?.close();
    this.#become("closed");
  }

  #open() {
    const connection = new Connection(this.#key.value);
    this.#connection = connection;
    this.#isLeaving = false;
    this.#cancels = 0;
    this.#cancelIndex = -1;
    for (const flush of this.#flushes) {
      flush.messageIndex = null;
    }
    const listen = (name, react) =>
      connection.addEventListener(name, ({ detail }) => {
        if (this.#connection === connection) {
          react(detail);
        }
      });
    listen("chunk", (chunk) => this.#take(chunk));
    listen("failure", ({ sentence }) => {
      if (this.#cancels === 0) {
        this.#failed(this.#flushes[0], sentence);
      }
    });
    listen("refusal", (refusal) => this.#refused(refusal));
    listen("cancelled", () => (this.#cancels -= 1));
    listen("leaving", ({ withinMs }) => this.#leave(withinMs));
    listen("close", (close) => this.#closed(close));
    this.#become("connecting");
    connection.opened.then((isOpened) => {
      if (isOpened && this.#connection === connection) {
        this.#become("open");
        this.#send();
      }
    });
  }

  // Sends what waits, but not to a server that takes nothing more.
  #send() {
    if (this.state === "open" && !this.#isLeaving) {
      for (const flush of this.#flushes) {
        flush.messageIndex ??= this.#connection.send(flush.message);
      }
    }
  }

  #take(chunk) {
    const [flush] = this.#flushes;
    if (this.#cancels > 0 || flush === undefined) {
      return;
    }
    this.#fruitless = 0;
    const isFirst = flush.take(chunk, Math.max(flush.askedAt, this.#previousEndedAt));
    if (chunk.final) {
      this.#flushes.shift();
      this.#previousEndedAt = performance.now();
    }
    this.#tell("chunk", { flush, chunk, isFirst });
    this.#tell("change");
    this.#moveOn();
  }

  #refused({ sentence, code, messageIndex }) {
    if (KEY_ERRORS.includes(code)) {
      this.disconnect();
      this.#tell("problem", sentence);
    } else if (PASSING_ERRORS.includes(code)) {
      this.#connection.close();
      this.#fruitless += 1;
      this.#againOrEnd(sentence);
    } else if (messageIndex === undefined || messageIndex > this.#cancelIndex) {
      // What was asked for before a cancel is of no interest any more.
      this.#failed(
        this.#flushes.find((flush) => flush.messageIndex === messageIndex),
        sentence,
      );
    }
  }

  #failed(flush, sentence) {
    this.#previousEndedAt = performance.now();
    if (flush !== undefined) {
      this.#flushes.splice(this.#flushes.indexOf(flush), 1);
      this.#tell("dropped", flush);
    }
    this.#tell("problem", sentence);
    this.#tell("change");
    this.#moveOn();
  }

  // The server still speaks what it has; whoever comes after that goes elsewhere, and not all at the same moment.
  #leave(withinMs) {
    this.#isLeaving = true;
    const connection = this.#connection;
    setTimeout(() => this.#connection === connection && this.#moveOn(), Math.random() * Math.min(withinMs, 1000));
  }

  #moveOn() {
    if (this.#isLeaving && this.#flushes.every(({ messageIndex }) => messageIndex === null)) {
      this.#connection.close();
      this.#open();
    }
  }

  #closed({ code, reason, wasOpened }) {
    this.#previousEndedAt = -Infinity;
    // A connection that was open while nothing was to be said has not failed.
    this.#fruitless = wasOpened && !this.isAwaitingSpeech ? 1 : this.#fruitless + 1;
    const hasSound = this.#flushes.some(({ frames }) => frames > 0);
    const isIdle = !this.isAwaitingSpeech && code === IDLE_CLOSURE;
    if (isIdle || FINAL_CODES.includes(code)) {
      this.#end(code === NORMAL_CLOSURE || isIdle ? null : reason);
    } else if (code === FULL_CLOSURE && !hasSound) {
      this.#end(reason);
    } else {
      this.#againOrEnd(reason || (wasOpened ? LOST : NOT_MADE));
    }
  }

  #againOrEnd(reason) {
    if (this.#fruitless >= FRUITLESS_AT_MOST) {
      this.#end(reason);
    } else {
      this.#again(reason, this.#fruitless === 1 ? 0 : PAUSE_MS * 2 ** this.#fruitless);
    }
  }

  // Connects again when the service is ready.
  async #again(reason, pauseMs) {
    const waiting = new AbortController();
    this.#connection = null;
    this.reason = reason;
    this.#become("waiting");
    this.#waiting = waiting;
    await new Promise((resolve) => setTimeout(resolve, pauseMs * (1 + Math.random())));
    await untilReady((sentence) => {
      this.reason = sentence;
      this.#tell("change");
    }, waiting.signal);
    if (!waiting.signal.aborted) {
      this.#open();
    }
  }

  #end(sentence) {
    this.#dropAll();
    this.#become("closed");
    if (sentence) {
      this.#tell("problem", sentence);
    }
  }

  #dropAll() {
    for (const flush of this.#flushes.splice(0)) {
      this.#tell("dropped", flush);
    }
  }

  #become(state) {
    this.state = state;
    if (state !== "waiting") {
      this.#waiting?.abort();
    }
    if (state === "closed") {
      this.#connection = null;
    }
    this.#tell("change");
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
