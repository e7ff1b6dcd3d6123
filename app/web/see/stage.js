// All that moves with the voice: captions, waveform and position.
//
// Events: "jump" (detail: seconds of the recording) when the user wants to hear another place.

import { clock } from "../figures.js";
import { Captions } from "./captions.js";
import { Timeline } from "./timeline.js";
import { Waveform } from "./waveform.js";

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

  // Nothing more comes of a text: what has no time never will.
  close(caption) {
    this.#captions.drop(caption);
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
    const { recording, heardS, isSounding } = this.#player;
    this.#captions.show(heardS, !isSounding);
    this.#waveform.show(recording, this.timeline, heardS);
    this.#position.max = recording.seconds;
    this.#position.value = heardS;
    this.#position.disabled = recording.frames === 0;
    const time = `${clock(heardS)} / ${clock(recording.seconds)}`;
    if (this.#time.textContent !== time) {
      this.#time.textContent = time;
      this.#position.setAttribute("aria-valuetext", time);
    }
    this.#isMoving = isSounding;
    if (isSounding) {
      requestAnimationFrame(() => this.#frame());
    }
  }

  #jump(seconds) {
    this.dispatchEvent(new CustomEvent("jump", { detail: seconds }));
  }
}
