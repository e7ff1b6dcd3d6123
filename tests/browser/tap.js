// Hands on what is played, a few quanta at a time, as it comes.

const FRAMES = 1024;

registerProcessor(
  "tap",
  class extends AudioWorkletProcessor {
    #samples = new Float32Array(FRAMES);
    #filled = 0;

    process([[input]]) {
      if (this.#filled === 0) {
        this.from = currentFrame;
      }
      if (input !== undefined) {
        this.#samples.set(input, this.#filled);
      }
      this.#filled += 128;
      if (this.#filled === FRAMES) {
        this.port.postMessage({ from: this.from, samples: this.#samples });
        this.#samples = new Float32Array(FRAMES);
        this.#filled = 0;
      }
      return true;
    }
  },
);
