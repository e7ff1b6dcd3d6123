// One WebSocket in the server's own protocol.
//
// Events: "chunk" (detail: {samples, alignment, meta, final}); "failure" (detail: {sentence}: a flush could not be spoken);
// "refusal" (detail: {sentence, messageIndex}: a message changed nothing); "cancelled"; "close" (detail: {sentence}, null
// where the close was meant).

import { addressOf } from "./address.js";

const NORMAL_CLOSURE = 1000;
const LOST = "The connection was lost. Flush makes a new one as soon as the service is found again.";
const NOT_MADE =
  "There is no connection: the service did not take it, or a proxy on the way does not let WebSockets through.";

export class Connection extends EventTarget {
  #socket;
  #leaving = false;
  #isOpened = false;
  #messages = 0;

  // `key`: an API key; empty where the service wants none. A WebSocket's handshake cannot carry it, so it goes first.
  constructor(options, key) {
    super();
    const url = addressOf("ws");
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    url.search = new URLSearchParams(options).toString();
    this.#socket = new WebSocket(url);
    this.opened = new Promise((resolve) => {
      this.#socket.addEventListener("open", () => {
        this.#isOpened = true;
        if (key) {
          this.send({ "xi-api-key": key });
        }
        resolve(true);
      });
      this.#socket.addEventListener("close", () => resolve(false));
    });
    this.#socket.addEventListener("message", ({ data }) => this.#receive(JSON.parse(data)));
    this.#socket.addEventListener("close", ({ code, reason }) => {
      const meant = this.#leaving || code === NORMAL_CLOSURE;
      this.#tell("close", { sentence: meant ? null : reason || (this.#isOpened ? LOST : NOT_MADE) });
    });
  }

  // Returns the index by which a refusal would name the message.
  send(message) {
    this.#socket.send(JSON.stringify(message));
    this.#messages += 1;
    return this.#messages - 1;
  }

  close() {
    this.#leaving = true;
    this.#socket.close(NORMAL_CLOSURE);
  }

  #receive(message) {
    if ("error" in message) {
      const { error: sentence, message_index: messageIndex } = message;
      this.#tell("flush_index" in message ? "failure" : "refusal", { sentence, messageIndex });
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
