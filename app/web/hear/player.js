// Plays a recording while it is still being made, on the AudioContext's clock, through a jitter buffer.
//
// Events: "change" when sound starts, stops, or has been heard to its end; "run" (detail: {frame, heardAt}: this frame of
// the recording is heard at that time, in performance.now()) when sound starts; "gap" when it ran dry within a flush;
// "problem" (detail: a sentence, or "" when the one before holds no longer).

import { heardTime } from "./clock.js";
import { openOutput } from "./output.js";
import { Recording } from "./recording.js";

const QUEUED_AT_MOST_S = 40;
const BLOCK_S = 1;
const RESUME_WITHIN_MS = 2000;
const LOOK_AGAIN_MS = 20;
const SERVED_RATES_HZ = [8000, 16000, 22050, 24000, 32000, 44100, 48000];
const USUAL_RATE_HZ = 48000;
const HELD_BACK = "The browser holds the sound back: press any button of this page to let it through.";
const NOT_LOADED = "This browser could not load the page's player: load the page again.";

export class Player extends EventTarget {
  #settings;
  #context = null;
  #askedRateHz = null;
  #send = null;
  #recording = new Recording(USUAL_RATE_HZ);
  #completeTo = 0;
  #fedTo = 0;
  #from = 0;
  #number = 0;
  #runs = [];
  #isHeld = false;
  #check;
  #hasComplained = false;

  // `settings` has prebufferMs and headroomMs, read whenever they may have changed.
  constructor(settings) {
    super();
    this.#settings = settings;
  }

  get context() {
    return this.#context;
  }

  get rateHz() {
    return this.#context.sampleRate;
  }

  get recording() {
    return this.#recording;
  }

  get isHeld() {
    return this.#isHeld;
  }

  // Whether something can be heard now.
  get isSounding() {
    const run = this.#runs.at(-1);
    return run !== undefined && this.#heardClockFrame() < run.clockFrame + (run.endFrame - run.frame);
  }

  // Whether there is sound that was not heard yet.
  get isBehind() {
    return this.heardFrame < this.#recording.frames;
  }

  // The frame of the recording that is heard now.
  get heardFrame() {
    const now = this.#heardClockFrame();
    const run = this.#runs.findLast(({ clockFrame }) => clockFrame <= now);
    if (run === undefined) {
      return this.#runs[0]?.frame ?? this.#from;
    }
    return Math.min(run.frame + now - run.clockFrame, run.endFrame, this.#recording.frames);
  }

  get heardS() {
    return this.heardFrame / this.#recording.rateHz;
  }

  // Browsers give sound only to a page that was clicked: call this from a click. `rateHz`: null for the device's own; the
  // one of before where none is given.
  unlock(rateHz = this.#askedRateHz) {
    if (this.#context === null || this.#context.state === "closed" || rateHz !== this.#askedRateHz) {
      this.#askedRateHz = rateHz;
      this.#open(rateHz);
    }
    this.resume();
    this.#checkSoon();
  }

  resume() {
    this.#context?.resume().catch(() => this.#checkSoon());
  }

  // Forgets the recording and begins one at the context's rate.
  begin() {
    this.#recording = new Recording(this.rateHz);
    this.#completeTo = 0;
    this.#isHeld = false;
    this.#send?.({ isHeld: false });
    this.seek(0);
  }

  add(samples) {
    this.#recording.append(samples);
    this.#feed();
  }

  // Nothing more comes of a flush: what is there may be played, however little it is, and no gap follows it.
  complete() {
    this.#completeTo = this.#recording.frames;
    this.#send?.({ completeTo: this.#completeTo });
  }

  hold(isHeld) {
    this.#isHeld = isHeld;
    this.#send?.({ isHeld });
    this.#changed();
  }

  seek(frame) {
    this.#from = this.#fedTo = Math.min(Math.max(0, Math.round(frame)), this.#recording.frames);
    this.#runs = [];
    this.#number += 1;
    this.#sendState();
    this.#feed();
    this.#changed();
  }

  applySettings() {
    const framesOf = (ms) => Math.round((ms / 1000) * this.rateHz);
    this.#send?.({
      prebufferFrames: framesOf(this.#settings.prebufferMs),
      headroomFrames: framesOf(this.#settings.headroomMs),
    });
  }

  #open(rateHz) {
    this.#from = this.#fedTo = Math.floor(this.heardFrame);
    this.#context?.close();
    this.#send = null;
    this.#runs = [];
    const context = (this.#context = contextAt(rateHz));
    context.addEventListener("statechange", () => this.#stateChanged(context));
    openOutput(context, (message) => this.#context === context && this.#hear(message)).then(
      (send) => this.#context === context && this.#connect(send),
      () => this.#context === context && this.#tell("problem", NOT_LOADED),
    );
  }

  #connect(send) {
    this.#send = send;
    this.applySettings();
    this.#sendState();
    send({ isHeld: this.#isHeld });
    this.#feed();
  }

  #sendState() {
    this.#send?.({ from: this.#from, completeTo: this.#completeTo, number: this.#number });
  }

  // A whole book would not fit into the audio thread's memory twice.
  #feed() {
    const { rateHz, frames } = this.#recording;
    while (this.#send !== null && this.#fedTo < Math.min(frames, this.heardFrame + QUEUED_AT_MOST_S * rateHz)) {
      const block = this.#recording.read(this.#fedTo, BLOCK_S * rateHz);
      this.#fedTo += block.length;
      this.#send({ block }, [block.buffer]);
    }
  }

  #hear({ number, run, end, hungry }) {
    if (number !== this.#number) {
      return;
    }
    if (hungry) {
      this.#feed();
    } else if (run) {
      this.#runs.push({ ...run, endFrame: Infinity });
      const inS = (run.clockFrame - this.#heardClockFrame()) / this.rateHz;
      this.#tell("run", { frame: run.frame, heardAt: performance.now() + inS * 1000 });
      this.#changed();
    } else {
      this.#runs.at(-1).endFrame = end.frame;
      if (end.isDry) {
        this.#tell("gap");
      }
      this.#changed();
      const heardInS = (end.clockFrame - this.#heardClockFrame()) / this.rateHz;
      setTimeout(() => this.#awaitSilence(number), heardInS * 1000);
    }
  }

  // Clocks of browsers are coarse, and may stand still for a while.
  #awaitSilence(number) {
    if (number === this.#number && this.#runs.at(-1)?.endFrame < Infinity && this.isSounding) {
      setTimeout(() => this.#awaitSilence(number), LOOK_AGAIN_MS);
    } else {
      this.#changed();
    }
  }

  #heardClockFrame() {
    return this.#context === null ? 0 : heardTime(this.#context) * this.#context.sampleRate;
  }

  #stateChanged(context) {
    if (this.#context === context && context.state === "running" && this.#hasComplained) {
      this.#hasComplained = false;
      this.#tell("problem", "");
    }
    this.#checkSoon();
  }

  #checkSoon() {
    clearTimeout(this.#check);
    this.#check = setTimeout(() => {
      if (this.isBehind && !this.#isHeld && this.#context.state !== "running") {
        this.#hasComplained = true;
        this.#tell("problem", HELD_BACK);
      }
    }, RESUME_WITHIN_MS);
  }

  #changed() {
    this.#tell("change");
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

// The device's own rate saves the browser a conversion, but not every device has one that the service speaks at.
function contextAt(rateHz) {
  if (rateHz !== null) {
    return new AudioContext({ sampleRate: rateHz });
  }
  const context = new AudioContext();
  if (SERVED_RATES_HZ.includes(context.sampleRate)) {
    return context;
  }
  context.close();
  return new AudioContext({ sampleRate: USUAL_RATE_HZ });
}
