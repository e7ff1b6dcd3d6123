// Speaking while one types: what of the text goes to the server now.

import { unspoken } from "./unspoken.js";

// With what closes a quotation or a bracket, and the space behind it: "3.5" ends nothing.
const SENTENCE_END = /[.!?…।]+["'”’)\]]*\s+|\n/g;
const ABBREVIATION = /(?:^|[\s("“])(?:\p{Lu}|Mr|Mrs|Ms|Dr|Prof|St|vs|e\.g|i\.e|Sr|Sra|M|Mme|Sig|Dott)\.[^\S\n]+$/u;

export class Typing {
  #sent = "";

  // What is in the box already is not spoken again.
  begin(text) {
    this.#sent = text;
  }

  // The sentences that were ended since; "" where there are none. `take` says that they are spoken.
  ended(text) {
    const fresh = unspoken(text, this.#sent);
    const ends = Array.from(fresh.matchAll(SENTENCE_END), ({ index, 0: mark }) => index + mark.length);
    const end = ends.findLast((place) => !ABBREVIATION.test(fresh.slice(0, place))) ?? 0;
    return fresh.slice(0, end).trim() === "" ? "" : fresh.slice(0, end);
  }

  // All that was written since.
  rest(text) {
    const fresh = unspoken(text, this.#sent);
    return fresh.trim() === "" ? "" : fresh;
  }

  // `part`: what `ended` or `rest` gave for this text.
  take(text, part) {
    this.#sent = text.slice(0, text.length - unspoken(text, this.#sent).length + part.length);
  }
}
