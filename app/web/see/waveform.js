// The sound as a picture that moves with it: a few seconds round what is heard, and where words begin.
//
// Events: "jump" (detail: seconds of the recording) when a moment was clicked.

import { begunAt } from "./timeline.js";

const SHOWN_S = 6;
const HEARD_AT = 0.35; // from the left, as a share of the width
const LABEL_PX = 12;

export class Waveform extends EventTarget {
  #canvas;
  #colors = null;
  #shownFromS = 0;
  #drawn = "";

  constructor(canvas) {
    super();
    this.#canvas = canvas;
    const forget = () => (this.#colors = null);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", forget);
    this.isStill = matchMedia("(prefers-reduced-motion: reduce)");
    canvas.addEventListener("click", ({ offsetX }) => {
      const detail = this.#shownFromS + (offsetX / canvas.clientWidth) * SHOWN_S;
      this.dispatchEvent(new CustomEvent("jump", { detail }));
    });
  }

  // `recording` and `timeline` of the same sound.
  show(recording, timeline, nowS) {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    const scale = devicePixelRatio;
    const now = [nowS, recording.frames, width, height, scale, this.#colors !== null].join();
    if (now === this.#drawn || width === 0) {
      return;
    }
    this.#drawn = now;
    this.#colors ??= colorsOf(this.#canvas);
    this.#shownFromS = this.#leftEdge(nowS);
    if (this.#canvas.width !== Math.round(width * scale) || this.#canvas.height !== Math.round(height * scale)) {
      this.#canvas.width = Math.round(width * scale);
      this.#canvas.height = Math.round(height * scale);
    }
    const context = this.#canvas.getContext("2d");
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    const xOf = (s) => ((s - this.#shownFromS) / SHOWN_S) * width;
    this.#drawWords(context, timeline.words, xOf, width, height, nowS);
    this.#drawSound(context, recording, xOf, height, nowS);
    context.fillStyle = this.#colors.ink;
    context.fillRect(Math.round(xOf(nowS)), 0, 1.5, height);
  }

  // Whoever wants no motion gets a page that is turned when it was heard.
  #leftEdge(nowS) {
    return this.isStill.matches ? Math.floor(nowS / SHOWN_S) * SHOWN_S : Math.max(0, nowS - HEARD_AT * SHOWN_S);
  }

  #drawSound(context, { peaks, peaksPerS }, xOf, height, nowS) {
    const middle = (height + LABEL_PX) / 2;
    const reach = (height - LABEL_PX) / 2 - 2;
    const first = Math.max(0, Math.floor(this.#shownFromS * peaksPerS));
    const end = Math.min(peaks.length, Math.ceil((this.#shownFromS + SHOWN_S) * peaksPerS));
    const width = Math.max(1, xOf(1 / peaksPerS) - xOf(0) - 0.6);
    for (let i = first; i < end; i += 1) {
      // Speech is quiet most of the time: a root shows that it is there.
      const size = Math.max(0.75, Math.sqrt(peaks[i]) * reach);
      context.fillStyle = i / peaksPerS <= nowS ? this.#colors.accent : this.#colors.unheard;
      context.fillRect(xOf(i / peaksPerS), middle - size, width, 2 * size);
    }
  }

  #drawWords(context, words, xOf, width, height, nowS) {
    context.font = `${LABEL_PX}px system-ui, sans-serif`;
    context.textBaseline = "top";
    let freeFrom = 0;
    for (let i = Math.max(0, begunAt(words, this.#shownFromS) - 1); i < words.length; i += 1) {
      const { text, beginsS, endsS } = words[i];
      const [left, right] = [xOf(beginsS), xOf(endsS)];
      if (left > width) {
        break;
      }
      const isHeard = beginsS <= nowS && nowS < endsS;
      context.fillStyle = isHeard ? this.#colors.word : this.#colors.line;
      context.fillRect(left, LABEL_PX + 3, isHeard ? right - left : 1, height);
      if (left >= freeFrom) {
        context.fillStyle = isHeard ? this.#colors.ink : this.#colors.quiet;
        context.fillText(text, left + 2, 0);
        freeFrom = left + context.measureText(text).width + 6;
      }
    }
  }
}

function colorsOf(element) {
  const probe = document.createElement("span");
  element.after(probe);
  const color = (name) => {
    probe.className = `color-${name}`;
    return getComputedStyle(probe).color;
  };
  const colors = Object.fromEntries(["ink", "quiet", "unheard", "accent", "line", "word"].map((name) => [name, color(name)]));
  probe.remove();
  return colors;
}
