// What the user chose, kept in this browser. Where nothing may be kept, the page works all the same.

const PREFIX = "kokoro-serve-";

export class Remembered {
  #key;
  #values = {};

  constructor(name) {
    this.#key = PREFIX + name;
    try {
      this.#values = JSON.parse(localStorage.getItem(this.#key)) ?? {};
    } catch {
      // Storage is forbidden, or holds what another version of the page wrote.
    }
  }

  // A string; undefined where nothing was chosen.
  get(name) {
    return this.#values[name];
  }

  set(name, value) {
    this.#values[name] = value;
    try {
      localStorage.setItem(this.#key, JSON.stringify(this.#values));
    } catch {
      // It holds as long as the page does.
    }
  }
}
