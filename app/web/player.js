// Plays chunks one after another without a gap, on the AudioContext's clock.

const HEADROOM_S = 0.15; // between now and the first sound, so that the second chunk is there in time

export class Player {
  // The context runs at the chunks' own rate: a context that resampled every chunk by itself would click at the seams.
  constructor(sampleRateHz) {
    this.sampleRateHz = sampleRateHz;
  }

  #context = null;
  #sources = new Set();
  #endS = 0;

  // Browsers give sound only to a page that was clicked: call this from a click.
  async unlock() {
    this.#context ??= new AudioContext({ sampleRate: this.sampleRateHz });
    await this.#context.resume();
  }

  play(samples) {
    if (samples.length === 0) {
      return;
    }
    const buffer = this.#context.createBuffer(1, samples.length, this.sampleRateHz);
    buffer.copyToChannel(samples, 0);
    const source = new AudioBufferSourceNode(this.#context, { buffer });
    source.connect(this.#context.destination);
    if (this.#endS < this.#context.currentTime) {
      this.#endS = this.#context.currentTime + HEADROOM_S;
    }
    source.start(this.#endS);
    this.#endS += buffer.duration;
    this.#sources.add(source);
    source.addEventListener("ended", () => this.#sources.delete(source));
  }

  stop() {
    for (const source of this.#sources) {
      source.stop();
    }
    this.#sources.clear();
    this.#endS = 0;
  }
}
