// One WebSocket session in the server's own protocol.
//
// Events: "open"; "chunk" (detail: {samples, flushIndex, meta, final}); "cancelled"; "problem" (detail: a sentence);
// "close" (detail: {reason, expected}).

const NORMAL_CLOSURE = 1000;

export class Connection extends EventTarget {
  #socket = null;
  #leaving = false;

  get isOpen() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  open(options) {
    const url = new URL("ws", document.baseURI);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    url.search = new URLSearchParams(options).toString();
    this.#leaving = false;
    this.#socket = new WebSocket(url);
    this.#socket.addEventListener("open", () => this.#tell("open"));
    this.#socket.addEventListener("message", ({ data }) => this.#receive(JSON.parse(data)));
    this.#socket.addEventListener("close", ({ code, reason }) => {
      this.#tell("close", { reason, expected: this.#leaving || code === NORMAL_CLOSURE });
    });
  }

  close() {
    this.#leaving = true;
    this.#socket?.close(NORMAL_CLOSURE);
  }

  send(message) {
    this.#socket.send(JSON.stringify(message));
  }

  #receive(message) {
    if ("error" in message) {
      this.#tell("problem", message.error);
    } else if (message.cancelled) {
      this.#tell("cancelled");
    } else {
      const { audio, flush_index: flushIndex, meta, final = false } = message;
      this.#tell("chunk", { samples: samplesOf(audio), flushIndex, meta, final });
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
