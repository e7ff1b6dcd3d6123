// Is it well? The answer in a word, and the reasons where it is not. They have no figures that change with every answer: a
// screen reader would read each of them.
//
// A verdict is {kind, title, summary, troubles}; kind is "good", "warning" or "bad".

import { OBJECTIVE_MS } from "../figures.js";
import { stretch, timeOfDay } from "./amounts.js";

const STALE_PERIODS = 5;
const RAM_SHORT_PERCENT = 90;

// `ageS`: how old the figures are.
export function isStale(stats, ageS) {
  return ageS > STALE_PERIODS * stats.sample_period_s;
}

export function isSlow(stats) {
  return stats.first_chunk_p50_ms !== null && stats.first_chunk_p50_ms > OBJECTIVE_MS;
}

export function isShortOfMemory(stats) {
  return stats.ram_percent >= RAM_SHORT_PERCENT;
}

// The service and its figures are here.
export function verdictOn(health, stats) {
  const troubles = troublesIn(stats);
  const { ready, all } = deployments(health, stats);
  const summary = [`${ready} of ${all} deployments ready`, ...nature(health)].join(" · ");
  if (!health.ok) {
    return { kind: "bad", title: "Not ready", summary, troubles: [health.reason, ...troubles] };
  }
  if (ready < all) {
    return { kind: "bad", title: "In trouble", summary, troubles };
  }
  return troubles.length === 0
    ? { kind: "good", title: "Ready", summary, troubles }
    : { kind: "warning", title: "Ready, with trouble", summary, troubles };
}

// The figures are for others: what everybody may know.
export function verdictOnHealth(health) {
  const summary = nature(health).join(" · ");
  return health.ok
    ? { kind: "good", title: "Ready", summary, troubles: [] }
    : { kind: "bad", title: "Not ready", summary, troubles: [health.reason] };
}

// `health`: null where nothing answers. `lastTold`: when figures came last, null where none ever did.
export function verdictOnSilence(health, sentence, lastTold) {
  const since = lastTold === null ? "" : ` since ${timeOfDay(lastTold)}`;
  const title = `${health === null ? "No answer" : "No figures"}${since}`;
  const summary = lastTold === null ? "" : "What is shown below is from before.";
  return { kind: "bad", title, summary, troubles: [sentence] };
}

function troublesIn(stats) {
  const troubles = [];
  if (stats.missing.length > 0) {
    troubles.push(`No full answer from ${stats.missing.join(" and ")}: the figures are those of the other replicas.`);
  }
  if (isStale(stats, stats.sampled_s_ago)) {
    troubles.push(`The server took no new figures for more than ${stretch(STALE_PERIODS * stats.sample_period_s)}.`);
  }
  if (isSlow(stats)) {
    const window = stretch(stats.first_chunk_window_s);
    troubles.push(`Speech begins late: half of the texts of the last ${window} waited longer than ${OBJECTIVE_MS} ms.`);
  }
  if (isShortOfMemory(stats)) {
    troubles.push(`Memory is short: more than ${RAM_SHORT_PERCENT}% of it is in use.`);
  }
  return troubles;
}

// A deployment is ready with one replica that is.
function deployments(health, stats) {
  const answering = stats.replicas.map(({ deployment }) => deployment);
  const all = new Set([...Object.keys(health.replicas), ...answering, ...stats.missing]);
  const isReady = (name) => stats.replicas.some(({ deployment, state }) => deployment === name && state !== "not ready");
  return { ready: Array.from(all).filter(isReady).length, all: all.size };
}

function nature(health) {
  const device = health.device === null ? [] : [`model on ${health.device === "cuda" ? "GPU" : "CPU"}`];
  return [...device, `version ${health.version}`];
}
