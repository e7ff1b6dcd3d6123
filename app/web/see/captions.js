// The text as it is spoken: every character lights up when it is heard, and its word with it. A click goes there.
//
// The server names every code point of a flush once and in order, with its time; people see graphemes, which may have
// several. A grapheme lights up with its first code point.
//
// Events: "jump" (detail: seconds of the recording) when a character or, by the arrow keys, a word was chosen.

import { begunAt } from "./timeline.js";

const segmenter = "Segmenter" in Intl ? new Intl.Segmenter(undefined, { granularity: "grapheme" }) : null;

// Browsers without a segmenter light up code points.
function graphemesOf(text) {
  return segmenter === null ? Array.from(text) : Array.from(segmenter.segment(text), ({ segment }) => segment);
}

// An arrow key within this time of a word's start goes to the word before it.
const SAME_WORD_S = 0.3;

export class Captions extends EventTarget {
  #panel;
  #timed = []; // {element, beginsS, endsS}
  #places = new Map(); // of the element of each of them
  #lit = 0;
  #current = null;
  #lineTop = null;

  constructor(panel) {
    super();
    this.#panel = panel;
    panel.addEventListener("click", ({ target }) => this.#choose(this.#places.get(target)));
    panel.addEventListener("keydown", (event) => this.#press(event));
  }

  // Shows a text that will be spoken.
  add(text) {
    const caption = new Caption(text);
    this.#panel.append(caption.element);
    return caption;
  }

  // `alignment` has chars, char_start_times_ms and char_durations_ms, counted from `startS` of the recording.
  time(caption, { chars, char_start_times_ms: startsMs, char_durations_ms: durationsMs }, startS) {
    for (let i = 0; i < chars.length; i += 1) {
      const element = caption.takeCodePoint();
      const beginsS = startS + startsMs[i] / 1000;
      const endsS = beginsS + durationsMs[i] / 1000;
      if (element !== null) {
        this.#places.set(element, this.#timed.length);
        this.#timed.push({ element, beginsS, endsS });
      } else if (this.#timed.length > 0) {
        this.#timed.at(-1).endsS = endsS;
      }
    }
  }

  // Takes away what has no time of a flush, and never will.
  drop(caption) {
    caption.drop();
    if (caption.element.childElementCount === 0) {
      caption.element.remove();
    }
  }

  clear() {
    this.#mark(null);
    this.#panel.replaceChildren();
    this.#panel.scrollTop = 0;
    this.#timed = [];
    this.#places.clear();
    this.#lit = 0;
  }

  // Shows what is heard at a moment of the recording; nothing is marked where `isSilent`.
  show(nowS, isSilent) {
    const begun = begunAt(this.#timed, nowS);
    for (; this.#lit < begun; this.#lit += 1) {
      this.#timed[this.#lit].element.classList.add("heard");
    }
    for (; this.#lit > begun; this.#lit -= 1) {
      this.#timed[this.#lit - 1].element.classList.remove("heard");
    }
    const newest = this.#timed[begun - 1] ?? null;
    this.#mark(newest === null || (isSilent && newest.endsS <= nowS + 0.001) ? null : newest);
  }

  #mark(timed) {
    if (timed === this.#current) {
      return;
    }
    const [before, after] = [this.#current?.element, timed?.element];
    before?.classList.remove("now");
    after?.classList.add("now");
    if (before?.parentElement !== after?.parentElement) {
      before?.parentElement.classList.remove("spoken");
      after?.parentElement.classList.add("spoken");
    }
    this.#current = timed;
    if (timed === null) {
      this.#lineTop = null;
    } else {
      this.#follow(timed.element);
    }
  }

  // Scrolls only when the voice comes to another line: within one, whoever has scrolled away to read is left alone.
  #follow(element) {
    const top = element.offsetTop;
    if (top === this.#lineTop) {
      return;
    }
    this.#lineTop = top;
    const { scrollTop, clientHeight } = this.#panel;
    const margin = element.offsetHeight;
    if (top < scrollTop || top + 2 * margin > scrollTop + clientHeight) {
      this.#panel.scrollTop = top - margin;
    }
  }

  #choose(place) {
    // A click at the end of a selection is meant for the selection.
    if (place !== undefined && getSelection().isCollapsed) {
      this.dispatchEvent(new CustomEvent("jump", { detail: this.#timed[place].beginsS }));
    }
  }

  #press(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step !== undefined && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      this.#step(step);
    }
  }

  #step(step) {
    const words = this.#timed.filter(({ element }, i) => {
      const isStart = element.parentElement !== this.#timed[i - 1]?.element.parentElement;
      return isStart && element.parentElement.classList.contains("word");
    });
    const nowS = this.#timed[this.#lit - 1]?.beginsS ?? 0;
    const here = begunAt(words, nowS) - 1;
    const isJustBegun = here >= 0 && nowS - words[here].beginsS < SAME_WORD_S;
    const wanted = step > 0 ? here + 1 : here - (isJustBegun ? 1 : 0);
    const word = words[Math.max(0, wanted)];
    if (word !== undefined) {
      this.dispatchEvent(new CustomEvent("jump", { detail: word.beginsS }));
    }
  }
}

// One flush: words with the graphemes that they consist of, and the spaces between them.
class Caption {
  #graphemes = [];
  #next = 0;
  #pending = 0;

  constructor(text) {
    this.element = document.createElement("span");
    this.element.className = "flush";
    let word = null;
    for (const grapheme of graphemesOf(text)) {
      const span = document.createElement("span");
      span.className = "character";
      span.textContent = grapheme;
      this.#graphemes.push({ span, codePoints: Array.from(grapheme).length });
      const isSpace = grapheme.trim() === "";
      if (isSpace) {
        word = null;
      } else if (word === null) {
        word = document.createElement("span");
        word.className = "word";
        this.element.append(word);
      }
      (word ?? this.element).append(span);
    }
  }

  // The element that begins with the next code point; null where it goes on, or where the text is over.
  takeCodePoint() {
    if (this.#pending > 0) {
      this.#pending -= 1;
      return null;
    }
    const found = this.#graphemes[this.#next];
    if (found === undefined) {
      return null;
    }
    this.#next += 1;
    this.#pending = found.codePoints - 1;
    return found.span;
  }

  // Takes away what has no time.
  drop() {
    for (const { span } of this.#graphemes.splice(this.#next)) {
      const { parentElement } = span;
      span.remove();
      if (parentElement.childElementCount === 0 && parentElement !== this.element) {
        parentElement.remove();
      }
    }
  }
}
