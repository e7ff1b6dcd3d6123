// A text that was sent to be spoken, and what came of it so far.

export class Flush {
  seed = null;
  frames = 0;

  // Times of the first sound in ms, each from the one before it: network, server, and waitedFrom in performance.now().
  firstSound = null;

  // By which the server would name the message that it went with; null while it has not been sent.
  messageIndex = null;

  // `asked`: {text, voice, speed, rateHz}; `askedAt`: when the user asked, in performance.now().
  constructor(asked, askedAt) {
    this.asked = asked;
    this.askedAt = askedAt;
  }

  // What the server is told. Where a session broke off, the same seed brings the same sound, from the first sample that
  // did not come.
  get message() {
    const { text, voice, speed, rateHz } = this.asked;
    const resume = this.frames > 0 ? { resume: { from_sample: this.frames } } : {};
    return { text, voice, speed, sample_rate: rateHz, seed: this.seed, flush: true, ...resume };
  }

  // `waitedFrom`: when nothing else stood before it.
  take({ samples, meta }, waitedFrom) {
    this.seed = meta?.seed ?? this.seed;
    this.frames += samples.length;
    const isFirst = this.firstSound === null && samples.length > 0;
    if (isFirst) {
      const hereMs = performance.now() - waitedFrom;
      const serverMs = Math.min(meta?.first_chunk_ms ?? hereMs, hereMs);
      this.firstSound = { networkMs: hereMs - serverMs, serverMs, arrivedAt: performance.now() };
    }
    return isFirst;
  }
}
