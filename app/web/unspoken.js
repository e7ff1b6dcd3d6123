// What of a text is still to be spoken, given what of it was sent already.

export function unspoken(text, sent) {
  if (text.startsWith(sent)) {
    return text.slice(sent.length);
  }
  let same = 0;
  while (same < text.length && text[same] === sent[same]) {
    same += 1;
  }
  const onlyShortened = same === text.length;
  if (onlyShortened && (isSpace(text.at(-1)) || isSpace(sent[same]))) {
    return "";
  }
  let wordStart = same;
  while (wordStart > 0 && !isSpace(text[wordStart - 1])) {
    wordStart -= 1;
  }
  return text.slice(wordStart);
}

function isSpace(character) {
  return character === undefined || /\s/.test(character);
}
