// The table of replicas. On a narrow screen each row is a card, for which every cell has the name of its column.

import { counted } from "../figures.js";
import { fraction, memory, percent, seconds } from "./amounts.js";
import { byDeployment } from "./deployments.js";

const LONGEST_NAME = 12;
const COLUMNS = ["Replica", "State", "Doing", "Memory", "Machine", "Process"];
const NO_ANSWER = "no answer";

export class Replicas {
  #body;
  #rows = new Map();

  // `table`: the table, with a head of COLUMNS and an empty body.
  constructor(table) {
    this.#body = table.tBodies[0];
  }

  show(stats) {
    const wanted = [...stats.replicas.map(told), ...stats.missing.map((name) => missing(name, stats))];
    wanted.sort((one, other) => byDeployment(one.deployment, other.deployment) || one.id.localeCompare(other.id));
    const rows = wanted.map((replica) => this.#row(replica));
    this.#rows = new Map(wanted.map(({ id }, index) => [id, rows[index]]));
    if (rows.length !== this.#body.rows.length || rows.some((row, index) => row !== this.#body.rows[index])) {
      this.#body.replaceChildren(...rows);
    }
  }

  #row(replica) {
    const row = this.#rows.get(replica.id) ?? emptyRow();
    const [name, state, ...others] = row.cells;
    name.children[0].textContent = replica.deployment;
    name.children[1].textContent = short(replica.name);
    name.children[1].title = replica.name;
    state.firstChild.dataset.kind = replica.state;
    state.firstChild.textContent = replica.state;
    const { doing, memory, machine, process } = replica;
    for (const [index, { words, title = "" }] of [doing, memory, machine, process].entries()) {
      others[index].textContent = words;
      others[index].title = title;
    }
    return row;
  }
}

// Everything that a row shows of a replica that answered.
function told(replica) {
  const gpu = replica.gpu_memory_mb > 0 ? ` + ${memory(replica.gpu_memory_mb)} GPU` : "";
  const [used, cpu] = [percent(replica.node_ram_percent), percent(replica.node_cpu_percent)];
  return {
    id: `replica ${replica.replica}`,
    deployment: replica.deployment,
    name: replica.replica,
    state: replica.state,
    doing: { words: doing(replica) },
    memory: { words: `${memory(replica.memory_mb)}${gpu}` },
    machine: {
      words: `${short(replica.node)} · CPU ${cpu} · RAM ${used}`,
      title: `${replica.node}, with ${memory(replica.node_memory_mb)} of RAM`,
    },
    process: { words: String(replica.process_id) },
  };
}

function missing(deployment, stats) {
  const isAlone = !stats.replicas.some((replica) => replica.deployment === deployment);
  const nothing = { words: "–" };
  return {
    id: `~ missing ${deployment}`,
    deployment,
    name: "",
    state: NO_ANSWER,
    doing: { words: isAlone ? "No replica answers" : "At least one more replica does not answer" },
    memory: nothing,
    machine: nothing,
    process: nothing,
  };
}

function doing(replica) {
  const parts = [];
  if (replica.sessions !== null) {
    parts.push(counted(replica.sessions, "session"));
  }
  if (replica.open_flushes !== null) {
    parts.push(`${counted(replica.open_flushes, "text")} being spoken`);
  }
  if (replica.active_utterances !== null) {
    parts.push(counted(replica.active_utterances, "utterance"));
  }
  if (replica.waiting_utterances) {
    parts.push(`${replica.waiting_utterances} of them waiting`);
  }
  if (replica.waiting_audio_s) {
    parts.push(`${seconds(replica.waiting_audio_s)} of sound to make`);
  }
  if (replica.batch_size !== null) {
    parts.push(`batches of ${fraction(replica.batch_size, 1)}`);
  }
  if (replica.real_time_factor !== null) {
    parts.push(`real-time factor ${fraction(replica.real_time_factor, 2)}`);
  }
  return parts.join(" · ");
}

function emptyRow() {
  const row = document.createElement("tr");
  row.role = "row";
  for (const [index, column] of COLUMNS.entries()) {
    const cell = document.createElement(index === 0 ? "th" : "td");
    cell.role = index === 0 ? "rowheader" : "cell";
    cell.dataset.column = column;
    row.append(cell);
  }
  const [name, state] = row.cells;
  name.scope = "row";
  name.append(document.createElement("span"), " ", document.createElement("code"));
  state.append(document.createElement("span"));
  state.firstChild.className = "badge";
  return row;
}

function short(name) {
  return name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME - 4)}…` : name;
}
