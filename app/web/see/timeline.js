// When each word of a text is heard, in seconds from the start of the recording.
//
// A word is what stands between spaces, with its marks. Words of different flushes are different words. A pause belongs to
// the mark before it: what is spoken of a word ends before its marks.

const MARKS = ".,;:!?…।–—-\"'“”‘’()[]{}«»¿¡";

export class Timeline {
  // {text, beginsS, endsS, spokenFromS, spokenToS, endsLine}, in the order of the text and so of the times.
  words = [];

  #isInWord = false;

  // `alignment` has chars, char_start_times_ms and char_durations_ms, counted from `startS`.
  add({ chars, char_start_times_ms: startsMs, char_durations_ms: durationsMs }, startS) {
    chars.forEach((character, i) => {
      const beginsS = startS + startsMs[i] / 1000;
      const endsS = beginsS + durationsMs[i] / 1000;
      if (character.trim() === "") {
        this.#endWith(character);
      } else {
        this.#append(character, beginsS, endsS);
      }
    });
  }

  // A flush is over.
  endWord() {
    this.#isInWord = false;
  }

  #endWith(space) {
    this.#isInWord = false;
    if (space === "\n" && this.words.length > 0) {
      this.words.at(-1).endsLine = true;
    }
  }

  #append(character, beginsS, endsS) {
    if (!this.#isInWord) {
      this.words.push({ text: "", beginsS, endsS, spokenFromS: beginsS, spokenToS: null, endsLine: false });
      this.#isInWord = true;
    }
    const word = this.words.at(-1);
    word.text += character;
    word.endsS = endsS;
    if (!MARKS.includes(character)) {
      word.spokenFromS = word.spokenToS === null ? beginsS : word.spokenFromS;
      word.spokenToS = endsS;
    }
  }
}

// How many of these have begun at a time; they stand in the order of their times.
export function begunAt(timed, s) {
  let [low, high] = [0, timed.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    [low, high] = timed[middle].beginsS <= s ? [middle + 1, high] : [low, middle];
  }
  return low;
}
