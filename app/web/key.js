// The API key that the user has for this service. It lasts as long as the tab does.

const STORED_AS = "kokoro-serve-key";

export class Key {
  #setting;
  #given = sessionStorage.getItem(STORED_AS) ?? "";
  #isWanted = false;
  #notOfOperator = null;

  // `setting` is shown only where the service wants a key; `input` is in it.
  constructor(setting, input) {
    this.#setting = setting;
    input.value = this.#given;
    input.addEventListener("change", () => {
      this.#given = input.value.trim();
      sessionStorage.setItem(STORED_AS, this.#given);
    });
  }

  get value() {
    return this.#isWanted ? this.#given : "";
  }

  get isMissing() {
    return this.#isWanted && this.value === "";
  }

  // Whether it is worth asking for what only operators are told.
  get mayBeOfOperator() {
    return !this.isMissing && this.value !== this.#notOfOperator;
  }

  get headers() {
    return this.value ? { "xi-api-key": this.value } : {};
  }

  want(isWanted) {
    this.#isWanted = isWanted;
    this.#setting.hidden = !isWanted;
  }

  isNotOfOperator() {
    this.#notOfOperator = this.value;
  }
}
