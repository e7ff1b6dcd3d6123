// One WebSocket in the server's own protocol.
//
// Events: "chunk" (detail: {samples, alignment, meta, final}); "failure" (detail: {sentence}: a flush could not be spoken);
// "refusal" (detail: {sentence, code, messageIndex}: a message changed nothing); "cancelled"; "leaving" (detail: {withinMs}:
// the server stops soon); "close" (detail: {code, reason, wasOpened}).

import { addressOf } from "../address.js";

const NORMAL_CLOSURE = 1000;

export class Connection extends EventTarget {
  #socket;
  #wasOpened = false;
  #messages = 0;

  // `key`: an API key; empty where the service wants none. A WebSocket's handshake cannot carry it, so it goes first.
  constructor(key) {
    super();
    const url = addressOf("ws");
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    this.#socket = new WebSocket(url);
    this.opened = new Promise((resolve) => {
      this.#socket.addEventListener("open", () => {
        this.#wasOpened = true;
        if (key) {
          this.send({ "xi-api-key": key });
        }
        resolve(true);
      });
      this.#socket.addEventListener("close", () => resolve(false));
    });
    this.#socket.addEventListener("message", ({ data }) => this.#receive(JSON.parse(data)));
    this.#socket.addEventListener("close", ({ code, reason }) => {
      this.#tell("close", { code, reason, wasOpened: this.#wasOpened });
    });
  }

  // Returns the index by which a refusal would name the message.
  send(message) {
    this.#socket.send(JSON.stringify(message));
    this.#messages += 1;
    return this.#messages - 1;
  }

  close() {
    this.#socket.close(NORMAL_CLOSURE);
  }

  #receive(message) {
    if ("error" in message) {
      const { error: sentence, code, message_index: messageIndex } = message;
      this.#tell("flush_index" in message ? "failure" : "refusal", { sentence, code, messageIndex });
    } else if (message.cancelled) {
      this.#tell("cancelled");
    } else if (message.going_away) {
      this.#tell("leaving", { withinMs: message.reconnect_within_ms });
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
  return Int16Array.from({ length: bytes.length / 2 }, (_, i) => pcm.getInt16(2 * i, true));
}
