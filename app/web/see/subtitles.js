// Captions as files that players read: SubRip (SRT) and WebVTT.

const LINE_CHARACTERS = 42; // what broadcasters put into one line
const CUE_CHARACTERS = 2 * LINE_CHARACTERS;
const PAUSE_S = 0.7;
const SENTENCE_END = /[.!?…।]["'”’)\]]*$/;

// `words`: {text, beginsS, endsS}. Returns cues of one or two lines: {beginsS, endsS, text}.
export function cuesOf(words) {
  const cues = [];
  let open = null;
  for (const { text, beginsS, endsS } of words) {
    const isFull = open !== null && open.text.length + 1 + text.length > CUE_CHARACTERS;
    if (open === null || isFull || SENTENCE_END.test(open.text) || beginsS - open.endsS > PAUSE_S) {
      open = { beginsS, endsS, text };
      cues.push(open);
    } else {
      open.text += ` ${text}`;
      open.endsS = endsS;
    }
  }
  return cues.map((cue) => ({ ...cue, text: inLines(cue.text) }));
}

export function srtOf(words) {
  const blocks = cuesOf(words).map(
    ({ beginsS, endsS, text }, i) => `${i + 1}\n${stamp(beginsS, ",")} --> ${stamp(endsS, ",")}\n${text}\n`,
  );
  return blocks.join("\n");
}

export function vttOf(words) {
  const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const blocks = cuesOf(words).map(
    ({ beginsS, endsS, text }) => `${stamp(beginsS, ".")} --> ${stamp(endsS, ".")}\n${escaped(text)}\n`,
  );
  return ["WEBVTT\n", ...blocks].join("\n");
}

// Two lines of about the same length, where one is not enough.
function inLines(text) {
  if (text.length <= LINE_CHARACTERS) {
    return text;
  }
  const spaces = Array.from(text.matchAll(/ /g), ({ index }) => index);
  const middle = text.length / 2;
  const cut = spaces.sort((a, b) => Math.abs(a - middle) - Math.abs(b - middle))[0];
  return cut === undefined ? text : `${text.slice(0, cut)}\n${text.slice(cut + 1)}`;
}

function stamp(seconds, mark) {
  const whole = Math.round(seconds * 1000);
  const two = (value) => String(Math.floor(value)).padStart(2, "0");
  const clock = [whole / 3_600_000, (whole / 60_000) % 60, (whole / 1000) % 60].map(two).join(":");
  return `${clock}${mark}${String(whole % 1000).padStart(3, "0")}`;
}
