// Which charts there are.

import { count, fraction, memory, milliseconds } from "./amounts.js";
import { Chart } from "./chart.js";
import { byDeployment } from "./deployments.js";
import { OBJECTIVE_MS } from "../figures.js";

const MB_PER_GB = 1024;

const CHARTS = [
  {
    title: "Sessions and queue",
    series: () => [
      { name: "Sessions", value: (point) => point.sessions },
      { name: "Speaking", value: (point) => point.open_flushes },
      { name: "Waiting", value: (point) => point.waiting_utterances },
    ],
    format: count,
    least: 1,
  },
  {
    title: "Time to the first sound, over 30 s",
    series: () => [
      { name: "p50", value: (point) => point.first_chunk_p50_ms },
      { name: "p95", value: (point) => point.first_chunk_p95_ms },
    ],
    format: milliseconds,
    least: 100,
    limit: { value: OBJECTIVE_MS, name: "Objective" },
  },
  {
    title: "Batch size",
    series: () => [{ name: "Utterances in a step of the model", value: (point) => point.batch_size }],
    format: (value) => fraction(value, value === null || Number.isInteger(value) ? 0 : 1),
    least: 1,
  },
  {
    title: "Memory",
    series: (points) => [
      ...deploymentsIn(points).map((name) => ({ name, value: (point) => point.memory_mb[name] ?? null })),
      ...(points.some(({ gpu_memory_mb: mb }) => mb > 0) ? [{ name: "GPU", value: (point) => point.gpu_memory_mb }] : []),
    ],
    format: memory,
    least: 1,
    unit: (mb) => (mb >= MB_PER_GB ? MB_PER_GB : 1),
  },
];

export class Charts {
  #charts;

  // `box`: the element that they go into.
  constructor(box) {
    this.#charts = CHARTS.map((chart) => new Chart(box, chart));
  }

  // `past`: the Past.
  show(past) {
    for (const chart of this.#charts) {
      chart.show(past);
    }
  }
}

function deploymentsIn(points) {
  return [...new Set(points.flatMap((point) => Object.keys(point.memory_mb)))].sort(byDeployment);
}
