// When each word of a text is heard, in seconds from the start of the recording.
//
// A word is what stands between spaces, with its marks. Words of different flushes are different words.

export class Timeline {
  // {text, beginsS, endsS}, in the order of the text and so of the times.
  words = [];

  #isInWord = false;

  // `alignment` has chars, char_start_times_ms and char_durations_ms, counted from `startS`.
  add({ chars, char_start_times_ms: startsMs, char_durations_ms: durationsMs }, startS) {
    chars.forEach((character, i) => {
      const beginsS = startS + startsMs[i] / 1000;
      this.#append(character, beginsS, beginsS + durationsMs[i] / 1000);
    });
  }

  // A flush is over.
  endWord() {
    this.#isInWord = false;
  }

  #append(character, beginsS, endsS) {
    const isSpace = character.trim() === "";
    if (!isSpace && this.#isInWord) {
      const word = this.words.at(-1);
      word.text += character;
      word.endsS = endsS;
    } else if (!isSpace) {
      this.words.push({ text: character, beginsS, endsS });
    }
    this.#isInWord = !isSpace;
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
