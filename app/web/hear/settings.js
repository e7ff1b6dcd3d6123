// Numbers that the user may set, within the limits of their inputs.

export class Settings {
  #inputs;

  // `inputs`: the number input of each setting.
  constructor(inputs) {
    this.#inputs = inputs;
    for (const input of Object.values(inputs)) {
      input.addEventListener("change", () => (input.value = valueOf(input)));
    }
  }

  get prebufferMs() {
    return valueOf(this.#inputs.prebufferMs);
  }

  get headroomMs() {
    return valueOf(this.#inputs.headroomMs);
  }
}

// An empty or wrong input counts as the one that the page came with.
function valueOf(input) {
  const number = Number.isNaN(input.valueAsNumber) ? Number(input.defaultValue) : input.valueAsNumber;
  return Math.min(Math.max(Math.round(number), Number(input.min)), Number(input.max));
}
