// Words grouped into the cues of captions, by the rules of `kokoro-serve say --timings` (app/captions.py).
//
// A cue ends where a sentence or a line of the text does, unless it would be too short to be read, before a long pause, and
// where it is full. It stays as long as can be read if nothing else is said meanwhile.

const LINE_CHARACTERS = 42;
const LEAST_S = 1;
const MOST_S = 7;
const SENTENCE_PAUSE_S = 0.15; // behind the mark of "Dr." there is none
const LONG_PAUSE_S = 0.7;
const SENTENCE_END = /[.!?…।]["'”’»)\]]*$/;

// `words`: those of a Timeline. Returns {beginsS, endsS, lines}, of one or two lines.
export function cuesOf(words) {
  const groups = [];
  for (const word of words.flatMap(partsOf)) {
    const open = groups.at(-1);
    if (open !== undefined && goesOn(open, word)) {
      open.push(word);
    } else {
      groups.push([word]);
    }
  }
  return groups.map((group, i) => {
    const beginsS = group[0].fromS;
    const endsS = Math.max(group.at(-1).toS, beginsS + LEAST_S);
    return { beginsS, endsS: Math.min(endsS, groups[i + 1]?.[0].fromS ?? Infinity), lines: linesOf(group) };
  });
}

// A word that is longer than a line, such as an address, in parts that fill one; the time is shared out evenly.
function partsOf({ text, spokenFromS, spokenToS, endsS, endsLine }) {
  const letters = Array.from(text);
  const perLetterS = ((spokenToS ?? endsS) - spokenFromS) / letters.length;
  const parts = [];
  for (let place = 0; place < letters.length; place += LINE_CHARACTERS) {
    const part = letters.slice(place, place + LINE_CHARACTERS);
    const fromS = spokenFromS + place * perLetterS;
    const isLast = place + LINE_CHARACTERS >= letters.length;
    parts.push({ text: part.join(""), fromS, toS: fromS + part.length * perLetterS, endsLine: endsLine && isLast });
  }
  return parts;
}

// Whether a word still belongs to a cue.
function goesOn(group, word) {
  const [first, last] = [group[0], group.at(-1)];
  const pauseS = word.fromS - last.toS;
  if (pauseS >= LONG_PAUSE_S || word.toS - first.fromS > MOST_S || linesOf([...group, word]) === null) {
    return false;
  }
  const hasEnded = last.endsLine || (pauseS >= SENTENCE_PAUSE_S && SENTENCE_END.test(last.text));
  return !hasEnded || word.fromS - first.fromS < LEAST_S;
}

// The words in as few lines as they fit into, two of them as even as can be; null if they do not fit.
function linesOf(words) {
  const texts = words.map(({ text }) => text);
  const whole = texts.join(" ");
  if (whole.length <= LINE_CHARACTERS) {
    return [whole];
  }
  const unevenness = (lines) => Math.abs(lines[0].length - lines[1].length);
  const splits = texts.slice(1).map((_, i) => [texts.slice(0, i + 1).join(" "), texts.slice(i + 1).join(" ")]);
  const fitting = splits.filter((lines) => Math.max(...lines.map((line) => line.length)) <= LINE_CHARACTERS);
  return fitting.sort((a, b) => unevenness(a) - unevenness(b))[0] ?? null;
}
