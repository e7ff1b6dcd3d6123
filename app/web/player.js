// Plays chunks one after another without a gap, on the AudioContext's clock.
//
// Times are kept as whole frames, so that a chunk begins on the very sample after the one before it. Sound is held back
// until enough of it is there; then it starts a little ahead of the clock and runs until it is used up.
//
// Events: "change" when sound starts or has been heard to its end; "gap" when it ran dry within a flush; "problem".

import { heardTime } from "./clock.js";

// A chunk that is due sooner than this would come late to the audio thread.
const TOO_LATE_S = 0.02;
const FADE_S = 0.005;
const RESUME_WITHIN_MS = 2000;
const HELD_BACK = "The browser holds the sound back: press any button of this page to let it through.";

export class Player extends EventTarget {
  #settings;
  #context = null;
  #output = null;
  #held = [];
  #heldFrames = 0;
  #playing = new Set();
  #endFrame = 0;
  #isMidFlush = false;
  #check;

  // The context runs at the chunks' own rate: a context that resampled every chunk by itself would click at the seams.
  // `settings` has prebufferMs and headroomMs, read whenever sound starts.
  constructor(sampleRateHz, settings) {
    super();
    this.sampleRateHz = sampleRateHz;
    this.#settings = settings;
  }

  get context() {
    return this.#context;
  }

  get isSounding() {
    return this.#playing.size > 0;
  }

  get isHolding() {
    return this.#heldFrames > 0;
  }

  // On the context's clock.
  get heardS() {
    return this.#context === null ? 0 : heardTime(this.#context);
  }

  // Browsers give sound only to a page that was clicked: call this from a click.
  unlock() {
    if (this.#context === null || this.#context.state === "closed") {
      this.#context = new AudioContext({ sampleRate: this.sampleRateHz });
      this.#context.addEventListener("statechange", () => this.#checkSoon());
      this.#endFrame = 0;
      this.#freshOutput();
    }
    this.resume();
    this.#checkSoon();
  }

  resume() {
    this.#context?.resume().catch(() => this.#checkSoon());
  }

  // `onStart` is told when the chunk begins, in seconds on the context's clock, and whether the sound starts with it.
  add(samples, final, onStart) {
    this.#held.push({ samples, onStart });
    this.#heldFrames += samples.length;
    if (this.#isMidFlush && samples.length > 0 && this.#isDry()) {
      this.#isMidFlush = false;
      this.dispatchEvent(new CustomEvent("gap"));
    }
    const wantedFrames = (this.#settings.prebufferMs / 1000) * this.sampleRateHz;
    if (final || !this.#isDry() || this.#heldFrames >= wantedFrames) {
      this.#release();
      this.#isMidFlush = !final;
    }
  }

  // No more comes of a flush that has no final chunk.
  finish() {
    this.#release();
    this.#isMidFlush = false;
  }

  stop() {
    this.#held = [];
    this.#heldFrames = 0;
    this.#isMidFlush = false;
    this.#endFrame = 0;
    if (this.#playing.size > 0) {
      const { currentTime } = this.#context;
      this.#output.gain.setTargetAtTime(0, currentTime, FADE_S);
      for (const source of this.#playing) {
        source.stop(currentTime + 6 * FADE_S);
      }
      this.#playing.clear();
      this.#freshOutput();
    }
    this.#changed();
  }

  #isDry() {
    return this.#endFrame < (this.#context.currentTime + TOO_LATE_S) * this.sampleRateHz;
  }

  #release() {
    const starts = this.#heldFrames > 0 && this.#isDry();
    if (starts) {
      const ahead = this.#context.currentTime + this.#settings.headroomMs / 1000;
      this.#endFrame = Math.max(this.#endFrame, Math.ceil(ahead * this.sampleRateHz));
    }
    const held = this.#held;
    this.#held = [];
    this.#heldFrames = 0;
    held.forEach(({ samples, onStart }, index) => {
      onStart(this.#endFrame / this.sampleRateHz, starts && index === 0);
      if (samples.length > 0) {
        this.#schedule(samples);
      }
    });
    this.#changed();
    this.#checkSoon();
  }

  #schedule(samples) {
    const buffer = this.#context.createBuffer(1, samples.length, this.sampleRateHz);
    buffer.copyToChannel(samples, 0);
    const source = new AudioBufferSourceNode(this.#context, { buffer });
    source.connect(this.#output);
    source.start(this.#endFrame / this.sampleRateHz);
    this.#endFrame += samples.length;
    this.#playing.add(source);
    source.addEventListener("ended", () => {
      if (this.#playing.delete(source) && !this.isSounding) {
        this.#changed();
      }
    });
  }

  // What was stopped fades out on the old one.
  #freshOutput() {
    this.#output = new GainNode(this.#context);
    this.#output.connect(this.#context.destination);
  }

  #checkSoon() {
    clearTimeout(this.#check);
    this.#check = setTimeout(() => {
      if (this.isSounding && this.#context.state !== "running") {
        this.dispatchEvent(new CustomEvent("problem", { detail: HELD_BACK }));
      }
    }, RESUME_WITHIN_MS);
  }

  #changed() {
    this.dispatchEvent(new CustomEvent("change"));
  }
}
