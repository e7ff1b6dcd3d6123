// The figures of now, one in each tile.

import { counted } from "../figures.js";
import { count, fraction, memory, milliseconds, percent, seconds, stretch } from "./amounts.js";
import { OBJECTIVE_MS } from "../figures.js";
import { isShortOfMemory, isSlow } from "./verdict.js";

// `value` and `note` are words about the stats; `level` fills a bar, from 0 to 1; `isBad` marks the tile.
const TILES = [
  {
    label: "Sessions",
    value: (stats) => count(stats.sessions),
    note: () => "WebSockets open",
  },
  {
    label: "Speaking",
    value: (stats) => count(stats.open_flushes),
    note: (stats) => `${counted(stats.total_requests, "text")} in all`,
  },
  {
    label: "Waiting",
    value: (stats) => count(stats.waiting_utterances),
    note: (stats) => `${seconds(stats.waiting_audio_s)} of sound to make`,
  },
  {
    label: "Batch size",
    value: (stats) => fraction(stats.batch_size, 1),
    note: (stats) => (stats.batch_size === null ? "the model is idle" : "mean, last 30 s"),
  },
  {
    label: "Real-time factor",
    value: (stats) => fraction(stats.real_time_factor, 2),
    note: (stats) => (stats.real_time_factor === null ? "the model is idle" : "model time for 1 s of sound"),
  },
  {
    label: "First sound, p50",
    value: (stats) => milliseconds(stats.first_chunk_p50_ms),
    note: (stats) => `objective ${OBJECTIVE_MS} ms: ${outcome(stats.first_chunk_p50_ms)}`,
    level: (stats) => (stats.first_chunk_p50_ms ?? 0) / OBJECTIVE_MS,
    isBad: isSlow,
  },
  {
    label: "First sound, p95",
    value: (stats) => milliseconds(stats.first_chunk_p95_ms),
    note: (stats) => `${counted(stats.first_chunk_count, "text")} in ${stretch(stats.first_chunk_window_s)}`,
    level: (stats) => (stats.first_chunk_p95_ms ?? 0) / OBJECTIVE_MS,
  },
  {
    label: "CPU",
    value: (stats) => percent(stats.cpu_percent),
    note: (stats) => `of ${counted(machines(stats), "machine")}`,
    level: (stats) => stats.cpu_percent / 100,
  },
  {
    label: "RAM",
    value: (stats) => percent(stats.ram_percent),
    note: (stats) => `${memory(stats.memory_mb)} by the service`,
    level: (stats) => stats.ram_percent / 100,
    isBad: isShortOfMemory,
  },
  {
    label: "GPU memory",
    value: (stats) => memory(stats.gpu_memory_mb || null),
    note: (stats) => (stats.gpu_memory_mb > 0 ? "held by the model" : "none in use"),
  },
];

export class Tiles {
  #tiles;

  // `list`: the element that they go into.
  constructor(list) {
    this.#tiles = TILES.map((tile) => ({ ...tile, ...elements(tile) }));
    list.append(...this.#tiles.map(({ box }) => box));
  }

  show(stats) {
    for (const tile of this.#tiles) {
      tile.figure.textContent = tile.value(stats);
      tile.words.textContent = tile.note(stats);
      tile.box.dataset.kind = tile.isBad?.(stats) ? "warning" : "";
      tile.bar.style.setProperty("--level", Math.min(tile.level?.(stats) ?? 0, 1));
    }
  }
}

function outcome(p50Ms) {
  if (p50Ms === null) {
    return "nothing spoken";
  }
  return p50Ms <= OBJECTIVE_MS ? "met" : "missed";
}

function machines(stats) {
  return new Set(stats.replicas.map(({ node }) => node)).size;
}

function elements({ label, level }) {
  const [box, name, figure, note] = ["div", "dt", "dd", "dd"].map((tag) => document.createElement(tag));
  const [bar, words] = ["span", "span"].map((tag) => document.createElement(tag));
  box.className = "card tile";
  name.textContent = label;
  figure.className = "figure";
  note.className = "note";
  bar.className = "bar";
  bar.hidden = level === undefined;
  note.append(bar, words);
  box.append(name, figure, note);
  return { box, figure, bar, words };
}
