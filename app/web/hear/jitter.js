// The jitter buffer: holds sound back until enough of it is there, then plays it sample by sample.
//
// Frames are counted in the recording that is played, clock frames on the AudioContext's clock. In come, one in each
// message: {block}, a Float32Array that follows the one before; {completeTo}, the frame up to which nothing is missing;
// {isHeld}; {from, completeTo, number}, which drops all and goes on with a frame; {prebufferFrames, headroomFrames}. Out
// go, with the number of the last `from`: {run: {frame, clockFrame}} when sound starts, {end: {frame, clockFrame, isDry}}
// when it stops, isDry where more should have been there, and {hungry} when little is left.

const FADE_S = 0.005;
const HUNGRY_BELOW_S = 20;

export class JitterBuffer {
  #rateHz;
  #tell;
  #blocks = [];
  #taken = 0; // frames of the first block that were played
  #queued = 0;
  #frame = 0;
  #completeTo = 0;
  #number = 0;
  #isHeld = false;
  #isRunning = false;
  #hasRunDry = false;
  #isHungry = false;
  #prebufferFrames = 0;
  #headroomFrames = 0;
  #fadeFrames;
  #fadesInFor = 0;
  #tail = [];
  #clockFrame = 0;

  // `tell` is called with each message that goes out.
  constructor(rateHz, tell) {
    this.#rateHz = rateHz;
    this.#fadeFrames = Math.round(FADE_S * rateHz);
    this.#tell = (message) => tell({ ...message, number: this.#number });
  }

  // Fills `out`, which is silent, with what is played from `clockFrame` on.
  play(out, clockFrame) {
    this.#clockFrame = clockFrame;
    if (this.#tail.length > 0) {
      out.set(this.#tail.splice(0, out.length));
    } else if (this.#mayPlay()) {
      this.#goOn(out);
    }
    this.#clockFrame = clockFrame + out.length;
  }

  take(message) {
    if ("block" in message) {
      this.#blocks.push(message.block);
      this.#queued += message.block.length;
      this.#isHungry = false;
    } else if ("from" in message) {
      this.#goTo(message);
    } else if ("completeTo" in message) {
      this.#completeTo = message.completeTo;
    } else if ("isHeld" in message) {
      this.#isHeld = message.isHeld;
      if (this.#isHeld) {
        this.#silence();
      }
    } else {
      this.#prebufferFrames = message.prebufferFrames;
      this.#headroomFrames = message.headroomFrames;
    }
  }

  #goTo({ from, completeTo, number }) {
    this.#silence();
    this.#blocks = [];
    this.#taken = this.#queued = 0;
    this.#frame = from;
    this.#completeTo = completeTo;
    this.#number = number;
    this.#hasRunDry = this.#isHungry = false;
    if (from === 0) {
      this.#fadesInFor = 0;
    }
  }

  #mayPlay() {
    if (this.#isRunning) {
      return true;
    }
    const wanted = this.#hasRunDry ? this.#headroomFrames : this.#prebufferFrames;
    const isEnough = this.#queued >= wanted || this.#completeTo > this.#frame;
    return !this.#isHeld && this.#queued > 0 && isEnough;
  }

  #goOn(out) {
    if (!this.#isRunning) {
      this.#isRunning = true;
      this.#tell({ run: { frame: this.#frame, clockFrame: this.#clockFrame } });
    }
    const frames = this.#copyTo(out);
    this.#fadeIn(out, frames);
    this.#skip(frames);
    if (frames < out.length) {
      this.#hasRunDry = this.#completeTo < this.#frame;
      this.#stopped(this.#clockFrame + frames);
    } else if (this.#queued < HUNGRY_BELOW_S * this.#rateHz && !this.#isHungry) {
      this.#isHungry = true;
      this.#tell({ hungry: true });
    }
  }

  // Copies what comes next without taking it; returns how many frames that were.
  #copyTo(out) {
    let copied = 0;
    let taken = this.#taken;
    for (const block of this.#blocks) {
      const part = block.subarray(taken, taken + out.length - copied);
      out.set(part, copied);
      copied += part.length;
      taken = 0;
      if (copied === out.length) {
        break;
      }
    }
    return copied;
  }

  #skip(frames) {
    this.#frame += frames;
    this.#queued -= frames;
    this.#taken += frames;
    while (this.#blocks.length > 0 && this.#taken >= this.#blocks[0].length) {
      this.#taken -= this.#blocks.shift().length;
    }
  }

  #fadeIn(out, frames) {
    for (let i = 0; i < frames && this.#fadesInFor > 0; i += 1) {
      out[i] *= 1 - this.#fadesInFor / this.#fadeFrames;
      this.#fadesInFor -= 1;
    }
  }

  // What sounds now fades out, and where sound goes on, it fades in: a cut within a wave would click.
  #silence() {
    if (this.#isRunning) {
      const tail = new Float32Array(this.#fadeFrames);
      this.#copyTo(tail);
      this.#tail = Array.from(tail, (sample, i) => sample * (1 - (i + 1) / tail.length));
      this.#fadesInFor = this.#fadeFrames;
      this.#hasRunDry = false;
      this.#stopped(this.#clockFrame);
    }
  }

  #stopped(clockFrame) {
    this.#isRunning = false;
    this.#tell({ end: { frame: this.#frame, clockFrame, isDry: this.#hasRunDry } });
  }
}
