// How the text is to be spoken: voice or blend of two, speed and format. What was chosen last is there again next time.

import { Remembered } from "../remembered.js";
import { fillVoices, nameOf } from "./voices.js";

const DEVICE = "device";

export class Choices {
  #controls;
  #remembered = new Remembered("choices");

  // `controls`: {voice, other, share, shareOutput, blend, speed, speedOutput, format}, `blend` being what is shown only
  // where another voice is blended in.
  constructor(controls) {
    this.#controls = controls;
    const { speed, format, share } = controls;
    for (const [name, control] of Object.entries({ speed, format, share })) {
      control.value = this.#remembered.get(name) ?? control.value;
    }
    for (const name of ["voice", "other", "share", "speed", "format"]) {
      controls[name].addEventListener("input", () => {
        this.#remembered.set(name, controls[name].value);
        this.#show();
      });
    }
    this.#show();
  }

  // As the server takes it: a name, or a blend as in "af_heart(70)+af_sky(30)".
  get voice() {
    const { voice, other, share } = this.#controls;
    const percent = Number(share.value);
    if (other.value === "" || other.value === voice.value || percent === 0) {
      return voice.value;
    }
    return percent === 100 ? other.value : `${voice.value}(${100 - percent})+${other.value}(${percent})`;
  }

  get speed() {
    return Number(this.#controls.speed.value);
  }

  // Null for the device's own rate.
  get rateHz() {
    const { value } = this.#controls.format;
    return value === DEVICE ? null : Number(value);
  }

  fill(names) {
    const { voice, other } = this.#controls;
    fillVoices(voice, names, this.#remembered.get("voice"));
    fillVoices(other, names, this.#remembered.get("other"));
    this.#show();
  }

  choose(voice) {
    const { voice: select, other } = this.#controls;
    if (Array.from(select.options).some(({ value }) => value === voice)) {
      select.value = voice;
      other.value = "";
      this.#remembered.set("voice", voice);
      this.#remembered.set("other", "");
      this.#show();
    }
  }

  #show() {
    const { voice, other, share, shareOutput, blend, speed, speedOutput } = this.#controls;
    blend.hidden = other.value === "";
    if (other.value !== "") {
      const shares = `${100 - share.value} % ${nameOf(voice.value)}, ${share.value} % ${nameOf(other.value)}`;
      shareOutput.textContent = shares;
      share.setAttribute("aria-valuetext", shares);
    }
    speedOutput.textContent = `${Number(speed.value).toFixed(2)}×`;
    speed.setAttribute("aria-valuetext", speedOutput.textContent);
  }
}
