// The latencies of the last flushes: a bar for each, of network, server and playback, with p50, p95 and the objective.

import { ms, OBJECTIVE_MS } from "../figures.js";
import { totalMs } from "./latency.js";

const [LEFT, BOTTOM, TOP] = [4, 4, 8];
const LABELS_WIDTH = 84;
const LABEL_HEIGHT = 12;
const [STEP, BAR] = [16, 10];
const PARTS = [
  ["network", "networkMs"],
  ["server", "serverMs"],
  ["playback", "playbackMs"],
];

// `svg` is drawn anew whenever `latency` or its own size changes.
export function drawChart(svg, latency) {
  const draw = () => {
    const { clientWidth: width, clientHeight: height } = svg;
    const entries = latency.entries.slice(-Math.max(1, Math.floor((width - LABELS_WIDTH - LEFT) / STEP)));
    const [p50, p95] = [0.5, 0.95].map((share) => latency.percentile(share));
    const highestMs = Math.max(OBJECTIVE_MS, p95, ...entries.map(totalMs)) * 1.08;
    const yOf = (value) => height - BOTTOM - (value / highestMs) * (height - BOTTOM - TOP);
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    svg.setAttribute("aria-label", summary(latency.entries, p50, p95));
    svg.replaceChildren(
      ...entries.flatMap((entry, i) => bar(entry, LEFT + i * STEP, yOf)),
      ...line("objective", OBJECTIVE_MS, `${OBJECTIVE_MS} ms`, width, yOf),
      ...(p50 === null ? [] : lines([["p95", p95], ["p50", p50]], width, yOf)),
    );
  };
  latency.addEventListener("change", draw);
  new ResizeObserver(draw).observe(svg);
}

function bar(entry, x, yOf) {
  let belowMs = 0;
  return PARTS.map(([name, key]) => {
    const value = entry[key] ?? 0;
    const [y, height] = [yOf(belowMs + value), yOf(belowMs) - yOf(belowMs + value)];
    belowMs += value;
    return node("rect", { class: name, x, y, width: BAR, height });
  });
}

// Labels of lines that lie near each other would cover each other: each finds its place below the one before.
function lines(wanted, width, yOf) {
  let taken = [yOf(OBJECTIVE_MS)];
  return wanted.flatMap(([name, value]) => {
    let labelY = yOf(value);
    while (taken.some((other) => Math.abs(other - labelY) < LABEL_HEIGHT)) {
      labelY += 1;
    }
    taken = [...taken, labelY];
    return line(name, value, `${name} ${ms(value)}`, width, yOf, labelY);
  });
}

function line(name, value, label, width, yOf, labelY = yOf(value)) {
  const end = width - LABELS_WIDTH;
  return [
    node("line", { class: name, x1: 0, x2: end, y1: yOf(value), y2: yOf(value) }),
    node("text", { class: name, x: end + 4, y: labelY + 4 }, label),
  ];
}

function summary(entries, p50, p95) {
  if (p50 === null) {
    return "Time to the first sound: nothing was spoken yet.";
  }
  const newest = entries.at(-1);
  return `Time to the first sound of ${entries.length} texts: p50 ${ms(p50)}, p95 ${ms(p95)}. The newest took ${ms(totalMs(newest))}.`;
}

function node(name, attributes, text = null) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) {
    element.setAttribute(key, value);
  }
  element.textContent = text;
  return element;
}
