// A short sound file that is played as a whole.

export class Clip {
  #source = null;
  #asked = null;

  // Events of its own would be too much: `changed` is called when it begins or ends.
  constructor(changed) {
    this.changed = changed;
  }

  get isBusy() {
    return this.#asked !== null;
  }

  // `fetchFile(signal)` brings the file as an ArrayBuffer. Throws what that throws, but not when it was stopped.
  async play(context, fetchFile) {
    this.stop();
    const asked = (this.#asked = new AbortController());
    this.changed();
    try {
      const buffer = await context.decodeAudioData(await fetchFile(asked.signal));
      if (!asked.signal.aborted) {
        this.#start(context, buffer);
      }
    } catch (error) {
      if (!asked.signal.aborted) {
        this.stop();
        throw error;
      }
    }
  }

  stop() {
    this.#asked?.abort();
    this.#source?.stop();
    this.#asked = this.#source = null;
    this.changed();
  }

  #start(context, buffer) {
    const source = new AudioBufferSourceNode(context, { buffer });
    source.connect(context.destination);
    source.addEventListener("ended", () => this.#source === source && this.stop());
    source.start();
    this.#source = source;
  }
}
