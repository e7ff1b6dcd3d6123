// The page: connect, speak, hear.

import { Connection } from "./connection.js";
import { Player } from "./player.js";

const SAMPLE_RATE_HZ = 44100;
const READY_POLL_MS = 2000;
const FAVOURITE_VOICE = "af_heart";

const element = (id) => document.getElementById(id);
const [form, text, voice] = ["form", "text", "voice"].map(element);
const [speak, stop, connect] = ["speak", "stop", "connect"].map(element);

const player = new Player(SAMPLE_RATE_HZ);
const connection = new Connection();
let askedAt = null;

function show(id, sentence) {
  element(id).textContent = sentence;
}

function showState(sentence) {
  show("state", sentence);
  connect.textContent = connection.isOpen ? "Disconnect" : "Connect";
  speak.disabled = stop.disabled = !connection.isOpen;
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function untilReady() {
  for (;;) {
    try {
      const health = await (await fetch("health")).json();
      if (health.ok) {
        return health;
      }
      showState(health.reason ?? "The service is not ready yet");
    } catch {
      showState("The server does not answer; trying again");
    }
    await pause(READY_POLL_MS);
  }
}

function fillVoices(names) {
  const chosen = voice.value || FAVOURITE_VOICE;
  voice.replaceChildren(...names.map((name) => new Option(name, name, false, name === chosen)));
  voice.disabled = false;
}

async function open() {
  connect.disabled = true;
  showState("Connecting …");
  fillVoices((await untilReady()).voices);
  connection.open({ sample_rate: SAMPLE_RATE_HZ });
}

connection.addEventListener("open", () => {
  connect.disabled = false;
  show("problem", "");
  showState("Connected");
});

connection.addEventListener("close", ({ detail: { reason, expected } }) => {
  connect.disabled = false;
  showState("Not connected");
  if (!expected) {
    show("problem", reason || "The connection was lost. Press Connect to try again.");
  }
});

connection.addEventListener("chunk", ({ detail: { samples, meta } }) => {
  player.play(samples);
  if (meta) {
    const seen = askedAt === null ? "" : `, ${Math.round(performance.now() - askedAt)} ms as seen here`;
    show("latency", `First sound after ${Math.round(meta.first_chunk_ms)} ms on the server${seen}.`);
    askedAt = null;
  }
});

connection.addEventListener("problem", ({ detail: sentence }) => show("problem", sentence));

connect.addEventListener("click", () => {
  if (connection.isOpen) {
    player.stop();
    connection.close();
  } else {
    open();
  }
});

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  await player.unlock();
  show("problem", "");
  askedAt = performance.now();
  connection.send({ text: text.value, voice: voice.value, flush: true });
});

stop.addEventListener("click", () => {
  player.stop();
  connection.send({ cancel: true });
});

connection.addEventListener("cancelled", () => player.stop());

open();
