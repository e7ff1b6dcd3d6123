// The text as it is spoken: every character lights up when it is heard.
//
// The server names every code point of a flush once and in order, with its time; people see graphemes, which may have
// several. A grapheme lights up with its first code point.

const segmenter = "Segmenter" in Intl ? new Intl.Segmenter(undefined, { granularity: "grapheme" }) : null;

// Browsers without a segmenter light up code points.
function graphemesOf(text) {
  return segmenter === null ? Array.from(text) : Array.from(segmenter.segment(text), ({ segment }) => segment);
}

export class Captions {
  #panel;
  #now;
  #timed = [];
  #lit = 0;
  #current = null;
  #isTicking = false;
  #lineTop = null;

  // `now` tells the time that is heard, in seconds.
  constructor(panel, now) {
    this.#panel = panel;
    this.#now = now;
  }

  get isIdle() {
    return this.#lit === this.#timed.length && this.#panel.querySelector(".flush :not(.heard)") === null;
  }

  // Shows a text that will be spoken.
  add(text) {
    const caption = new Caption(text);
    this.#panel.append(caption.element);
    return caption;
  }

  // What comes now does not go on from what is shown.
  beginAnew() {
    if (this.isIdle) {
      this.clear();
    } else {
      this.#panel.append(document.createElement("hr"));
    }
  }

  // `alignment` has chars, char_start_times_ms and char_durations_ms, counted from `startS` on the clock of `now`.
  time(caption, alignment, startS) {
    alignment.chars.forEach((_, i) => {
      const element = caption.takeCodePoint();
      if (element !== null) {
        const beginsS = startS + alignment.char_start_times_ms[i] / 1000;
        this.#timed.push({ element, beginsS, endsS: beginsS + alignment.char_durations_ms[i] / 1000 });
      }
    });
    if (!this.#isTicking) {
      this.#isTicking = true;
      requestAnimationFrame(() => this.#tick());
    }
  }

  // Takes away all that was not heard yet.
  cut() {
    for (const element of this.#panel.querySelectorAll(".flush :not(.heard)")) {
      element.remove();
    }
    this.#tidy();
    this.#timed.length = this.#lit;
    this.#mark(null);
  }

  // Takes away what has no time of a flush, and never will.
  drop(caption) {
    caption.drop();
    this.#tidy();
  }

  clear() {
    this.#panel.replaceChildren();
    this.#panel.scrollTop = 0;
    this.#timed = [];
    this.#lit = 0;
    this.#mark(null);
  }

  // Leaves no flush of nothing, and no line with nothing after it.
  #tidy() {
    for (const element of this.#panel.querySelectorAll(".flush:empty")) {
      element.remove();
    }
    while (this.#panel.lastElementChild?.matches("hr")) {
      this.#panel.lastElementChild.remove();
    }
  }

  #tick() {
    const nowS = this.#now();
    let next = this.#timed[this.#lit];
    while (next !== undefined && next.beginsS <= nowS) {
      next.element.classList.add("heard");
      this.#mark(next);
      this.#lit += 1;
      next = this.#timed[this.#lit];
    }
    if (next === undefined && this.#current !== null && this.#current.endsS <= nowS) {
      this.#mark(null);
    }
    this.#isTicking = next !== undefined || this.#current !== null;
    if (this.#isTicking) {
      requestAnimationFrame(() => this.#tick());
    }
  }

  #mark(timed) {
    this.#current?.element.classList.remove("now");
    this.#current = timed;
    if (timed === null) {
      this.#lineTop = null;
    } else {
      timed.element.classList.add("now");
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
}

// One flush.
class Caption {
  #spans;
  #next = 0;
  #pending = 0;

  constructor(text) {
    this.element = document.createElement("span");
    this.element.className = "flush";
    this.#spans = graphemesOf(text).map((grapheme) => {
      const span = document.createElement("span");
      span.textContent = grapheme;
      return { span, codePoints: Array.from(grapheme).length };
    });
    this.element.append(...this.#spans.map(({ span }) => span));
  }

  // The element that begins with the next code point; null where it goes on, or where the text is over.
  takeCodePoint() {
    if (this.#pending > 0) {
      this.#pending -= 1;
      return null;
    }
    const found = this.#spans[this.#next];
    if (found === undefined) {
      return null;
    }
    this.#next += 1;
    this.#pending = found.codePoints - 1;
    return found.span;
  }

  // Takes away what has no time.
  drop() {
    for (const { span } of this.#spans.splice(this.#next)) {
      span.remove();
    }
  }
}
