// The API key that the user has for this service. It lasts as long as the tab does.

const STORED_AS = "kokoro-serve-key";

export class Key {
  #setting;
  #given = kept();
  #isWanted = false;

  // `setting` is shown only where the service wants a key; `input` is in it.
  constructor(setting, input) {
    this.#setting = setting;
    input.value = this.#given;
    input.addEventListener("change", () => this.#keep(input.value.trim()));
  }

  get value() {
    return this.#isWanted ? this.#given : "";
  }

  get isMissing() {
    return this.#isWanted && this.value === "";
  }

  get headers() {
    return this.value ? { "xi-api-key": this.value } : {};
  }

  want(isWanted) {
    this.#isWanted = isWanted;
    this.#setting.hidden = !isWanted;
  }

  // A browser that stores nothing has to be told the key again after a reload.
  #keep(given) {
    this.#given = given;
    try {
      sessionStorage.setItem(STORED_AS, given);
    } catch {
      // It holds as long as the page does.
    }
  }
}

function kept() {
  try {
    return sessionStorage.getItem(STORED_AS) ?? "";
  } catch {
    return "";
  }
}
