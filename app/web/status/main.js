// The page for operators: what of the answers goes where.

import { Key } from "../key.js";
import { stretch, timeOfDay } from "./amounts.js";
import { Charts } from "./charts.js";
import { KeyEntry } from "./entry.js";
import { Past } from "./past.js";
import { Replicas } from "./replicas.js";
import { Tiles } from "./tiles.js";
import { isStale, verdictOn, verdictOnHealth, verdictOnSilence } from "./verdict.js";
import { Watch } from "./watch.js";

const AGE_EVERY_MS = 1000;

const element = (id) => document.getElementById(id);
const figures = element("figures");

const past = new Past();
const watch = new Watch(new Key(element("key-setting"), element("key")), () => past.newestS);
const tiles = new Tiles(element("tiles"));
const charts = new Charts(element("charts"));
const replicas = new Replicas(element("replicas"));
const entry = new KeyEntry(element("key-card"), () => watch.tryKey());
// The stats that are shown, when they came, and the same on a clock that nobody sets.
let shown = null;

function show({ kind, title, summary, troubles }) {
  element("verdict").dataset.kind = kind;
  document.title = `${title} · Kokoro Serve`;
  set(element("verdict-title"), title);
  set(element("summary"), summary);
  const list = element("troubles");
  if (troubles.join("\n") !== Array.from(list.children, (item) => item.textContent).join("\n")) {
    list.replaceChildren(...troubles.map(itemOf));
  }
}

function itemOf(words) {
  const item = document.createElement("li");
  item.textContent = words;
  return item;
}

// What is said already is not said again.
function set(element, words) {
  if (element.textContent !== words) {
    element.textContent = words;
  }
}

function showAge() {
  const age = element("age");
  element("pause").hidden = shown === null;
  if (shown === null) {
    age.textContent = "";
    return;
  }
  const ageS = shown.stats.sampled_s_ago + (performance.now() - shown.at) / 1000;
  const isOld = isStale(shown.stats, ageS);
  figures.classList.toggle("stale", isOld);
  age.classList.toggle("stale", isOld);
  if (watch.isPaused) {
    age.textContent = `Paused: figures of ${timeOfDay(shown.time)}`;
  } else {
    age.textContent = isOld ? `Stale: ${stretch(ageS)} old` : `Updated ${stretch(ageS)} ago`;
  }
}

watch.addEventListener("told", ({ detail: { health, stats, history } }) => {
  shown = { stats, at: performance.now(), time: new Date() };
  past.add(history);
  figures.hidden = false;
  show(verdictOn(health, stats));
  element("charts-title").textContent = `The last ${stretch(past.windowS)}`;
  tiles.show(stats);
  charts.show(past);
  replicas.show(stats);
  showAge();
  if (entry.leave()) {
    element("verdict-title").focus();
  }
});

watch.addEventListener("locked", ({ detail: { health, sentence } }) => {
  shown = null;
  figures.hidden = true;
  show(verdictOnHealth(health));
  showAge();
  entry.ask(sentence);
});

watch.addEventListener("silent", ({ detail: { health, sentence } }) => {
  show(verdictOnSilence(health, sentence, shown?.time ?? null));
});

element("pause").addEventListener("click", ({ currentTarget: button }) => {
  watch.pause(!watch.isPaused);
  button.setAttribute("aria-pressed", watch.isPaused);
  showAge();
});

setInterval(showAge, AGE_EVERY_MS);
watch.lookNow();
