// A chart of what happened in the last minutes, drawn anew with every answer.
//
// A series is {name, value}: value takes a point of the history and gives a number, or null where there is none. The first
// series gets the first colour and kind of line, and so on; the stylesheet has them.

import { stretch } from "./amounts.js";
import { timeTicks, valueTicks } from "./scale.js";

const HEIGHT = 168;
const EDGE = { top: 10, right: 10, bottom: 24, left: 62 };
const ROOM_FOR_TIME = 64;
const VALUE_STEPS = 4;
const GAP_PERIODS = 5;

export class Chart {
  #title;
  #series;
  #format;
  #least;
  #unit;
  #limit;
  #past = null;
  #pointed = null;
  #svg = drawn("svg", { role: "img", height: HEIGHT });
  #legend = document.createElement("ul");
  #when = document.createElement("span");
  #empty = document.createElement("p");

  // `box`: where it goes. `series`: a function of the points. `format`: a number in words. `least`: the smallest step of the
  // axis. `unit`: what its steps are round numbers of, a function of the largest value. `limit`: {value, name} of a line
  // that should not be crossed.
  constructor(box, { title, series, format, least, unit = () => 1, limit = null }) {
    this.#title = title;
    this.#series = series;
    this.#format = format;
    this.#least = least;
    this.#unit = unit;
    this.#limit = limit;
    this.#svg.setAttribute("aria-label", `${title}: no figures yet`);
    box.append(this.#figure());
    new ResizeObserver(() => this.#draw()).observe(this.#svg.parentElement);
  }

  // `past`: the Past.
  show(past) {
    this.#past = past;
    this.#draw();
  }

  #figure() {
    const figure = document.createElement("figure");
    const caption = document.createElement("figcaption");
    const heading = document.createElement("h3");
    const plot = document.createElement("div");
    figure.className = "card chart";
    heading.textContent = this.#title;
    this.#when.className = "when";
    this.#legend.className = "legend";
    plot.className = "plot";
    this.#empty.className = "empty";
    caption.append(heading, this.#when, this.#legend);
    plot.append(this.#svg, this.#empty);
    figure.append(caption, plot);
    this.#svg.addEventListener("pointermove", (event) => this.#point(event));
    this.#svg.addEventListener("pointerleave", () => this.#point(null));
    return figure;
  }

  #point(event) {
    this.#pointed = event === null ? null : event.clientX - this.#svg.getBoundingClientRect().left;
    this.#draw();
  }

  #draw() {
    const width = Math.floor(this.#svg.parentElement.clientWidth);
    if (this.#past === null || this.#past.points.length === 0 || width === 0) {
      return;
    }
    const { points } = this.#past;
    const series = this.#series(points);
    const scale = this.#scale(series, width);
    const seen = this.#pointed === null ? points.at(-1) : nearest(points, scale, this.#pointed);
    const gapS = this.#past.periodS * GAP_PERIODS;
    const lines = series.map(({ value }, index) =>
      drawn("path", { class: `line series-${index + 1}`, d: outline(points, value, scale, gapS) }),
    );
    const cursor = this.#pointed === null ? [] : [upright(scale.x(seen.at_s), "cursor")];
    this.#svg.setAttribute("width", width);
    this.#svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    this.#svg.setAttribute("aria-label", this.#inWords(series));
    this.#svg.replaceChildren(...this.#axes(scale, width), ...cursor, ...lines);
    this.#when.textContent = this.#pointed === null ? "" : `${stretch(this.#past.newestS - seen.at_s)} before`;
    const isEmpty = series.every(({ value }) => points.every((point) => value(point) === null));
    this.#empty.textContent = isEmpty ? "Nothing was spoken" : "";
    this.#showLegend(series, seen);
  }

  #scale(series, width) {
    const { points, windowS, newestS } = this.#past;
    const values = series.flatMap(({ value }) => points.map(value)).filter((value) => value !== null);
    const most = Math.max(0, this.#limit?.value ?? 0, ...values);
    const unit = this.#unit(most);
    const ticks = valueTicks(most / unit, VALUE_STEPS, this.#least / unit).map((tick) => tick * unit);
    const [right, bottom] = [width - EDGE.right, HEIGHT - EDGE.bottom];
    return {
      ticks,
      right,
      x: (atS) => right - ((newestS - atS) / windowS) * (right - EDGE.left),
      y: (value) => bottom - (value / ticks.at(-1)) * (bottom - EDGE.top),
    };
  }

  #axes({ ticks, right, x, y }, width) {
    const { windowS, newestS } = this.#past;
    const values = ticks.flatMap((tick) => [
      level(y(tick), EDGE.left, right, "grid"),
      label(EDGE.left - 8, y(tick) + 4, "end", this.#format(tick)),
    ]);
    const [now, ...earlier] = timeTicks(windowS, Math.floor((width - EDGE.left) / ROOM_FOR_TIME));
    const times = [
      label(x(newestS - now), HEIGHT - 6, "end", "now"),
      ...earlier.map((before) => label(x(newestS - before), HEIGHT - 6, "middle", `−${stretch(before)}`)),
    ];
    const limit = this.#limit === null ? [] : [level(y(this.#limit.value), EDGE.left, right, "limit")];
    return [...values, ...times, ...limit];
  }

  #showLegend(series, seen) {
    const entries = series.map(({ name, value }, index) => [`series-${index + 1}`, name, this.#format(value(seen))]);
    if (this.#limit !== null) {
      entries.push(["limit", this.#limit.name, this.#format(this.#limit.value)]);
    }
    while (this.#legend.children.length > entries.length) {
      this.#legend.lastChild.remove();
    }
    for (const [index, [kind, name, value]] of entries.entries()) {
      const entry = this.#legend.children[index] ?? this.#legend.appendChild(legendEntry());
      const [sample, words, figure] = entry.children;
      sample.firstChild.setAttribute("class", `line ${kind}`);
      words.textContent = name;
      figure.textContent = value;
    }
  }

  #inWords(series) {
    const { points, windowS } = this.#past;
    const sentences = series.map(({ name, value }) => {
      const values = points.map(value).filter((found) => found !== null);
      const now = value(points.at(-1));
      return values.length === 0
        ? `${name}: nothing.`
        : `${name}: ${now === null ? "nothing" : this.#format(now)} now, ${this.#format(Math.max(...values))} at most.`;
    });
    const limit = this.#limit === null ? [] : [`${this.#limit.name}: ${this.#format(this.#limit.value)}.`];
    return [`${this.#title}, the last ${stretch(windowS)}.`, ...sentences, ...limit].join(" ");
  }
}

// A line from point to point, broken where there is no value or no point for too long; a lone one is a dot.
function outline(points, value, { x, y }, gapS) {
  const parts = [];
  let before = null;
  for (const point of points) {
    const found = value(point);
    if (found !== null) {
      const isNext = before !== null && point.at_s - before <= gapS;
      parts.push(`${isNext ? "L" : "M"}${x(point.at_s).toFixed(1)} ${y(found).toFixed(1)}${isNext ? "" : "h0"}`);
    }
    before = found === null ? null : point.at_s;
  }
  return parts.join("");
}

function nearest(points, { x }, at) {
  const distance = (point) => Math.abs(x(point.at_s) - at);
  return points.reduce((best, point) => (distance(point) < distance(best) ? point : best));
}

function legendEntry() {
  const entry = document.createElement("li");
  const sample = drawn("svg", { width: 26, height: 10, viewBox: "0 0 26 10", "aria-hidden": "true" });
  sample.append(drawn("path", { d: "M1 5H25" }));
  entry.append(sample, document.createElement("span"), document.createElement("b"));
  return entry;
}

function level(y, from, to, kind) {
  return drawn("line", { x1: from, x2: to, y1: y, y2: y, class: kind });
}

function upright(x, kind) {
  return drawn("line", { x1: x, x2: x, y1: EDGE.top, y2: HEIGHT - EDGE.bottom, class: kind });
}

function label(x, y, anchor, words) {
  const element = drawn("text", { x, y, "text-anchor": anchor });
  element.textContent = words;
  return element;
}

function drawn(name, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [attribute, value] of Object.entries(attributes)) {
    element.setAttribute(attribute, value);
  }
  return element;
}
