// One WebSocket in the server's own protocol.
//
// Events: "chunk" (detail: {samples, alignment, meta, final}); "failure" (a flush that could not be spoken) and "refusal"
// (a message that changed nothing), both with a sentence as detail; "cancelled"; "close" (detail: {sentence}, null where
// the close was meant).

import { addressOf } from "./address.js";

const NORMAL_CLOSURE = 1000;
const LOST = "The connection was lost. Press Connect to try again.";

export class Connection extends EventTarget {
  #socket;
  #leaving = false;

  constructor(options) {
    super();
    const url = addressOf("ws");
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    url.search = new URLSearchParams(options).toString();
    this.#socket = new WebSocket(url);
    this.opened = new Promise((resolve) => {
      this.#socket.addEventListener("open", () => resolve(true));
      this.#socket.addEventListener("close", () => resolve(false));
    });
    this.#socket.addEventListener("message", ({ data }) => this.#receive(JSON.parse(data)));
    this.#socket.addEventListener("close", ({ code, reason }) => {
      const meant = this.#leaving || code === NORMAL_CLOSURE;
      this.#tell("close", { sentence: meant ? null : reason || LOST });
    });
  }

  send(message) {
    this.#socket.send(JSON.stringify(message));
  }

  close() {
    this.#leaving = true;
    this.#socket.close(NORMAL_CLOSURE);
  }

  #receive(message) {
    if ("error" in message) {
      this.#tell("flush_index" in message ? "failure" : "refusal", message.error);
    } else if (message.cancelled) {
      this.#tell("cancelled");
    } else {
      const { audio, alignment, meta, final = false } = message;
      this.#tell("chunk", { samples: samplesOf(audio), alignment, meta, final });
    }
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

function samplesOf(base64) {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const pcm = new DataView(bytes.buffer);
  return Float32Array.from({ length: bytes.length / 2 }, (_, i) => pcm.getInt16(2 * i, true) / 32768);
}
