// All that moves with the voice: captions, waveform and position.
//
// Events: "jump" (detail: seconds of the recording) when the user wants to hear another place.

import { clock } from "../figures.js";
import { Captions } from "./captions.js";
import { Timeline } from "./timeline.js";
import { Waveform } from "./waveform.js";

const STEPS_S = { ArrowLeft: -5, ArrowDown: -5, ArrowRight: 5, ArrowUp: 5, PageDown: -30, PageUp: 30 };

export class Stage extends EventTarget {
  #player;
  #captions;
  #waveform;
  #position;
  #time;
  #isMoving = false;
  timeline = new Timeline();

  // `elements`: {captions, waveform, position, time}.
  constructor(player, elements) {
    super();
    this.#player = player;
    this.#captions = new Captions(elements.captions);
    this.#waveform = new Waveform(elements.waveform);
    this.#position = elements.position;
    this.#time = elements.time;
    for (const part of [this.#captions, this.#waveform]) {
      part.addEventListener("jump", ({ detail }) => this.#jump(detail));
    }
    this.#position.addEventListener("input", () => this.#jump(this.#position.valueAsNumber));
    this.#position.addEventListener("keydown", (event) => this.#press(event));
    player.addEventListener("change", () => this.move());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.move());
    addEventListener("resize", () => this.move());
    this.move();
  }

  begin() {
    this.timeline = new Timeline();
    this.#captions.clear();
    this.move();
  }

  // Shows a text that will be spoken. Returns what `time` and `drop` want of it.
  add(text) {
    return this.#captions.add(text);
  }

  // The times of a chunk that starts at `startS` of the recording.
  time(caption, alignment, startS) {
    this.#captions.time(caption, alignment, startS);
    this.timeline.add(alignment, startS);
    this.move();
  }

  // What has no time of a text never will.
  drop(caption) {
    this.#captions.drop(caption);
  }

  // What comes next begins a word.
  endWord() {
    this.timeline.endWord();
  }

  // Shows the present moment, and goes on as long as it moves.
  move() {
    if (!this.#isMoving) {
      this.#isMoving = true;
      requestAnimationFrame(() => this.#frame());
    }
  }

  #frame() {
    this.#show();
    this.#isMoving = this.#player.isSounding;
    if (this.#isMoving) {
      requestAnimationFrame(() => this.#frame());
    }
  }

  #show() {
    const { recording, heardS, isSounding } = this.#player;
    this.#captions.show(heardS, !isSounding);
    this.#waveform.show(recording, this.timeline, heardS);
    this.#position.max = recording.seconds;
    this.#position.value = heardS;
    this.#position.disabled = recording.frames === 0;
    const time = `${clock(heardS)} / ${clock(recording.seconds)}`;
    if (this.#time.textContent !== time) {
      this.#time.textContent = time;
    }
    // A slider that told every second of it would talk over the voice.
    if (!isSounding && this.#position.getAttribute("aria-valuetext") !== time) {
      this.#position.setAttribute("aria-valuetext", time);
    }
  }

  // The slider's own steps are as fine as the pointer's.
  #press(event) {
    const step = STEPS_S[event.key];
    if (step !== undefined) {
      event.preventDefault();
      this.#jump(this.#player.heardS + step);
    }
  }

  // Shown at once: the next key, however quick, goes on from there.
  #jump(seconds) {
    this.dispatchEvent(new CustomEvent("jump", { detail: seconds }));
    this.#show();
  }
}
