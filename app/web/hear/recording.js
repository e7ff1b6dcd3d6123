// All the sound of a text that came so far: 16-bit samples, and a coarse picture of them.

const PEAKS_PER_S = 100;
const FULL_SCALE = 32768;

export class Recording {
  #blocks = [];
  #ends = []; // the frame behind each block
  #peaks = [];
  #openPeak = 0;
  #openFrames = 0;

  constructor(rateHz) {
    this.rateHz = rateHz;
  }

  get frames() {
    return this.#ends.at(-1) ?? 0;
  }

  get seconds() {
    return this.frames / this.rateHz;
  }

  // The samples as they came, Int16Arrays one after another.
  get blocks() {
    return this.#blocks;
  }

  get peaksPerS() {
    return PEAKS_PER_S;
  }

  // The greatest amplitude in each hundredth of a second, 0 to 1.
  get peaks() {
    return this.#peaks;
  }

  append(samples) {
    if (samples.length > 0) {
      this.#blocks.push(samples);
      this.#ends.push(this.frames + samples.length);
      this.#measure(samples);
    }
  }

  // Samples from a frame on, at most `frames` of them, -1 to 1.
  read(from, frames) {
    const out = new Float32Array(Math.max(0, Math.min(frames, this.frames - from)));
    let copied = 0;
    for (let i = this.#blockWith(from); copied < out.length; i += 1) {
      const block = this.#blocks[i];
      const skipped = from + copied - (this.#ends[i] - block.length);
      const count = Math.min(block.length - skipped, out.length - copied);
      for (let k = 0; k < count; k += 1) {
        out[copied + k] = block[skipped + k] / FULL_SCALE;
      }
      copied += count;
    }
    return out;
  }

  #blockWith(frame) {
    let [low, high] = [0, this.#ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      [low, high] = this.#ends[middle] <= frame ? [middle + 1, high] : [low, middle];
    }
    return low;
  }

  #measure(samples) {
    for (const sample of samples) {
      this.#openPeak = Math.max(this.#openPeak, Math.abs(sample));
      this.#openFrames += 1;
      // The rates are no multiples of a hundredth each: the next border is counted from the start.
      if (this.#openFrames >= ((this.#peaks.length + 1) * this.rateHz) / PEAKS_PER_S) {
        this.#peaks.push(this.#openPeak / FULL_SCALE);
        this.#openPeak = 0;
      }
    }
  }
}
