// The jitter buffer on the audio thread.

import { JitterBuffer } from "./jitter.js";

registerProcessor(
  "jitter-buffer",
  class extends AudioWorkletProcessor {
    #buffer = new JitterBuffer(sampleRate, (message) => this.port.postMessage(message));

    constructor() {
      super();
      this.port.onmessage = ({ data }) => this.#buffer.take(data);
    }

    process(_inputs, [[out]]) {
      this.#buffer.play(out, currentFrame);
      return true;
    }
  },
);
