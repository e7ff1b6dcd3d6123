// A conversation with the server: connects, flushes what is new in a text, ends, cancels.
//
// The server answers flushes in the order in which they were sent, so the oldest one without an end is the one that a
// chunk belongs to. State: "closed" → "connecting" → "open" → "ending" → "closed".
//
// Events: "change" of the state; "flushed" and "dropped" (detail: the flush); "chunk" (detail: {flush, chunk}; the first
// of a flush has flush.firstSound); "problem" (detail: a sentence). A flush: {text, isAnew, before, askedAt, firstSound,
// messageIndex}, where isAnew says that it begins at the start of the text.

import { Connection } from "./connection.js";
import { unspoken } from "./unspoken.js";

const NOTHING = { text: "", voice: null };

export class Session extends EventTarget {
  #options;
  #key;
  #connection = null;
  #sent = NOTHING;
  #awaited = [];
  #newest = null;
  #cancels = 0;
  #cancelIndex = -1;
  #endIndex = -1;
  #previousEndedAt = -Infinity;

  // `key` holds the API key that the next connection is made with.
  constructor(options, key) {
    super();
    this.#options = options;
    this.#key = key;
  }

  state = "closed";

  // Whether a flush was given up before its end since the last one was sent.
  isCut = false;

  get isAwaitingSpeech() {
    return this.#awaited.length > 0;
  }

  get hasSent() {
    return this.#sent !== NOTHING;
  }

  // Resolves to whether there is a connection that text can be sent to.
  async connect() {
    if (this.state === "closed") {
      this.#connection = this.#listenTo(new Connection(this.#options, this.#key.value));
      this.#become("connecting");
    }
    await this.#connection.opened;
    return this.state === "open";
  }

  // What a flush would speak now; blank text is nothing to speak. With nothing new in it, another voice says all of it.
  newIn(text, voice) {
    const fresh = unspoken(text, this.#sent.text);
    if (fresh.trim()) {
      return fresh;
    }
    return text.trim() && this.hasSent && voice !== this.#sent.voice ? text : "";
  }

  // What is written from now on has nothing to do with what was sent.
  beginAnew() {
    this.#sent = NOTHING;
    this.#newest = null;
    this.#tell("change");
  }

  // Speaks what is new in the text. `askedAt` is when the user asked, in performance.now().
  flush(text, voice, askedAt) {
    const flush = this.#take(text, voice, askedAt);
    flush.messageIndex = this.#connection.send({ text: flush.text, voice, flush: true });
  }

  // Speaks what is new, if anything; then the server closes.
  end(text, voice, askedAt) {
    const flush = this.newIn(text, voice) ? this.#take(text, voice, askedAt) : null;
    this.#endIndex = this.#connection.send(flush ? { text: flush.text, voice, end: true } : { end: true });
    if (flush) {
      flush.messageIndex = this.#endIndex;
    }
    this.#become("ending");
  }

  // Everything that was sent counts as unsent again.
  cancel() {
    if (this.state === "open" || this.state === "ending") {
      this.#cancels += 1;
      this.#cancelIndex = this.#connection.send({ cancel: true });
    }
    this.#forget();
    this.#tell("change");
  }

  disconnect() {
    this.#connection.close();
    this.#closed(null);
  }

  #take(text, voice, askedAt) {
    const fresh = this.newIn(text, voice);
    const before = this.#sent;
    const flush = { text: fresh, isAnew: fresh === text, before, askedAt, firstSound: null, messageIndex: null };
    this.isCut = false;
    this.#sent = { text, voice };
    this.#newest = flush;
    this.#awaited.push(flush);
    this.#tell("flushed", flush);
    this.#tell("change");
    return flush;
  }

  #listenTo(connection) {
    const listen = (name, react) =>
      connection.addEventListener(name, ({ detail }) => {
        if (connection === this.#connection) {
          react(detail);
        }
      });
    listen("chunk", (chunk) => this.#chunk(chunk));
    listen("failure", ({ sentence }) => this.#cancels > 0 || this.#failed(this.#awaited.shift(), sentence));
    listen("refusal", ({ sentence, messageIndex }) => this.#refused(sentence, messageIndex));
    listen("cancelled", () => (this.#cancels -= 1));
    listen("close", ({ sentence }) => this.#closed(sentence));
    connection.opened.then((open) => {
      if (open && connection === this.#connection) {
        this.#become("open");
      }
    });
    return connection;
  }

  #chunk(chunk) {
    const flush = this.#awaited[0];
    if (this.#cancels > 0 || flush === undefined) {
      return;
    }
    const now = performance.now();
    if (flush.firstSound === null && chunk.samples.length > 0) {
      const waitedFrom = Math.max(flush.askedAt, this.#previousEndedAt);
      flush.firstSound = { serverMs: chunk.meta?.first_chunk_ms ?? null, hereMs: now - waitedFrom, waitedFrom };
    }
    if (chunk.final) {
      this.#previousEndedAt = now;
      this.#awaited.shift();
    }
    this.#tell("chunk", { flush, chunk });
    this.#tell("change");
  }

  #refused(sentence, messageIndex) {
    if (messageIndex === this.#endIndex && this.state === "ending") {
      this.#become("open");
    }
    // What was asked for before a cancel is of no interest any more.
    if (messageIndex === undefined || messageIndex > this.#cancelIndex) {
      const index = this.#awaited.findIndex((flush) => flush.messageIndex === messageIndex);
      this.#failed(index < 0 ? undefined : this.#awaited.splice(index, 1)[0], sentence);
    }
  }

  #failed(flush, sentence) {
    this.#previousEndedAt = performance.now();
    if (flush !== undefined) {
      // Flush may be pressed again for it, unless more was sent since.
      if (flush === this.#newest) {
        this.#sent = flush.before;
      }
      this.isCut = true;
      this.#tell("dropped", flush);
    }
    this.#tell("problem", sentence);
    this.#tell("change");
  }

  #closed(sentence) {
    const dropped = this.#awaited;
    this.#connection = null;
    this.#cancels = 0;
    this.#cancelIndex = this.#endIndex = -1;
    this.isCut ||= dropped.length > 0;
    this.#previousEndedAt = -Infinity;
    this.#forget();
    for (const flush of dropped) {
      this.#tell("dropped", flush);
    }
    this.#become("closed");
    if (sentence) {
      this.#tell("problem", sentence);
    }
  }

  #forget() {
    this.#sent = NOTHING;
    this.#awaited = [];
    this.#newest = null;
  }

  #become(state) {
    this.state = state;
    this.#tell("change");
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
