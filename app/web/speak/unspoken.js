// What of a text is still to be spoken, given what of it was sent already.
//
// What was added at the end is new. A change before that goes back to the start of the sentence that was changed, since
// half a sentence makes no sense to a listener. Words that were only taken off the end leave nothing to say.

const SENTENCE_END = /[.!?…।]+["'”’)\]]*(?=\s)|\n(?=\s*\n)/g;

export function unspoken(text, sent) {
  if (text.startsWith(sent)) {
    return text.slice(sent.length);
  }
  if (sent.startsWith(text) && (isSpace(text.at(-1)) || isSpace(sent[text.length]))) {
    return "";
  }
  let same = 0;
  while (same < text.length && text[same] === sent[same]) {
    same += 1;
  }
  const ends = Array.from(text.matchAll(SENTENCE_END), ({ index, 0: mark }) => index + mark.length);
  return text.slice(ends.findLast((end) => end <= same) ?? 0);
}

function isSpace(character) {
  return character === undefined || /\s/.test(character);
}
