// The page: which control does what, and what is shown of the whole.

import { addressOf } from "./address.js";
import { enable } from "./buttons.js";
import { untilReady } from "./health.js";
import { Key } from "./key.js";
import { Session } from "./connect/session.js";
import { counted, ms } from "./figures.js";
import { Clip } from "./hear/clip.js";
import { Player } from "./hear/player.js";
import { Settings } from "./hear/settings.js";
import { playTone } from "./hear/tone.js";
import { Reader } from "./reader.js";
import { drawChart } from "./see/chart.js";
import { download } from "./see/downloads.js";
import { Latency } from "./see/latency.js";
import { Stage } from "./see/stage.js";
import { Choices } from "./speak/choices.js";
import { offerExamples } from "./speak/examples.js";
import { sampleFor } from "./speak/samples.js";
import { Typing } from "./speak/typing.js";

const LOOKING = "Looking for the service …";
const NOTHING_TYPED = "There is nothing to speak: type some text first.";
const TYPE_ON = "Go on typing: each sentence is spoken when you end it. Ctrl Enter speaks one that has no end yet.";
const KEYLESS = "This service wants an API key: enter yours above.";
const TONE = "You should hear a tone for half a second. If not, look at the volume and the output of this device.";
const NO_SOUND = "This browser plays no sound here. Try another one.";
const NO_SAMPLE = "The sample could not be made:";

const element = (id) => document.getElementById(id);
const [text, state, typingSwitch] = ["text", "state", "typing"].map(element);
const button = Object.fromEntries(
  ["connect", "speak", "pause", "stop", "sample", "tone", "wav", "srt", "vtt"].map((id) => [id, element(id)]),
);

const settings = new Settings({ prebufferMs: element("prebuffer"), headroomMs: element("headroom") });
const choices = new Choices({
  voice: element("voice"),
  other: element("other"),
  share: element("share"),
  shareOutput: element("share-output"),
  blend: element("blend"),
  speed: element("speed"),
  speedOutput: element("speed-output"),
  format: element("format"),
});
const key = new Key(element("key-setting"), element("key"));
const player = new Player(settings);
const stage = new Stage(player, {
  captions: element("captions"),
  waveform: element("waveform"),
  position: element("position"),
  time: element("time"),
});
const latency = new Latency();
const session = new Session(key);
const reader = new Reader(session, player, stage, latency);
const typing = new Typing();
const sample = new Clip(show);
let reasonToWait = null;

// Sentences about what the user does; an error is spoken by screen readers at once.
function say(id, sentence = "") {
  for (const other of ["problem", "notice"]) {
    element(other).textContent = other === id ? sentence : "";
  }
}

function situation() {
  if (session.state === "waiting") {
    return ["busy", session.reason];
  }
  if (session.state === "connecting") {
    return ["busy", "Connecting …"];
  }
  if (reader.isPaused) {
    return ["open", "Paused"];
  }
  if (player.isSounding) {
    return ["speaking", "Speaking"];
  }
  if (reader.isAwaiting) {
    return ["busy", "Waiting for sound …"];
  }
  if (session.state === "open") {
    return ["open", "Connected"];
  }
  return reasonToWait === null ? ["closed", "Not connected"] : ["busy", reasonToWait];
}

function show() {
  const [kind, words] = situation();
  state.dataset.kind = kind;
  setText(state, words);
  // Only what keeps the voice away is worth talking over it.
  const isReady = reasonToWait === null;
  setText(element("announcement"), session.state === "waiting" || !isReady ? words : "");
  enable(button.connect, isReady || session.state !== "closed");
  setText(button.connect, session.state === "closed" ? "Connect" : "Disconnect");
  enable(button.speak, isReady);
  enable(button.pause, reader.isReading || reader.mayResume || reader.isThrough);
  setText(button.pause, reader.isThrough ? "Play again" : reader.mayResume ? "Resume" : "Pause");
  enable(button.stop, reader.isReading || reader.isPaused);
  enable(button.sample, isReady);
  setText(button.sample, sample.isBusy ? "Stop sample" : "Sample");
  const isEmpty = player.recording.frames === 0;
  for (const kind of ["wav", "srt", "vtt"]) {
    enable(button[kind], !isEmpty);
  }
  setText(element("gaps"), reader.gaps === 0 ? "no underruns" : counted(reader.gaps, "underrun"));
}

// A text that is set anew is read anew by screen readers.
function setText(element, words) {
  if (element.textContent !== words) {
    element.textContent = words;
  }
}

async function waitUntilReady() {
  reasonToWait = LOOKING;
  show();
  const health = await untilReady((reason) => {
    reasonToWait = reason;
    show();
  });
  choices.fill(health.voices);
  key.want(health.needs_key);
  reasonToWait = null;
  show();
}

// Whether the service may be asked for something now; says why not.
function mayAsk() {
  if (reasonToWait !== null) {
    say("notice", reasonToWait);
  } else if (key.isMissing) {
    say("problem", KEYLESS);
  }
  return reasonToWait === null && !key.isMissing;
}

// The same for whoever has pressed a button, and has no use for it without a key.
function mayAskNow() {
  const may = mayAsk();
  if (!may && key.isMissing) {
    element("key").focus();
  }
  return may;
}

// Calls what makes sound; a browser may have none. Returns whether it has.
function withSound(act) {
  try {
    act();
    return true;
  } catch (error) {
    if (!(error instanceof DOMException)) {
      throw error;
    }
    say("problem", NO_SOUND);
    return false;
  }
}

function how() {
  return { voice: choices.voice, speed: choices.speed, rateHz: choices.rateHz };
}

function speak() {
  const askedAt = performance.now();
  say();
  if (text.value.trim() === "") {
    say("notice", NOTHING_TYPED);
  } else if (mayAskNow()) {
    sample.stop();
    typing.begin(text.value);
    withSound(() => reader.read(text.value, how(), askedAt));
  }
}

// Speaks what Typing says of the text.
function speakOn(part) {
  const askedAt = performance.now();
  if (part !== "" && mayAsk()) {
    say();
    sample.stop();
    typing.take(text.value, part);
    withSound(() => reader.readOn(part, how(), askedAt));
  }
}

async function playSample() {
  if (sample.isBusy) {
    sample.stop();
    return;
  }
  say();
  if (mayAskNow() && withSound(() => player.unlock())) {
    if (reader.isReading) {
      reader.toggle();
    }
    await sample.play(player.context, fetchSample).catch((error) => say("problem", `${NO_SAMPLE} ${error.message}`));
  }
}

async function fetchSample(signal) {
  const { voice, speed } = how();
  const body = JSON.stringify({ text: sampleFor(voice), voice, speed });
  const headers = { "Content-Type": "application/json", ...key.headers };
  const answer = await fetch(addressOf("synth_wav"), { method: "POST", headers, body, signal });
  if (!answer.ok) {
    const { error } = await answer.json().catch(() => ({ error: `A proxy answers with status ${answer.status}.` }));
    throw new Error(error);
  }
  return answer.arrayBuffer();
}

function showLatency() {
  const newest = latency.entries.at(-1);
  if (newest === undefined) {
    return;
  }
  const parts = [["network", newest.networkMs], ["server", newest.serverMs], ["playback", newest.playbackMs]];
  const known = parts.filter(([, value]) => value !== null);
  element("latency").replaceChildren(
    ...known.map(([name, value]) => {
      const part = document.createElement("span");
      part.className = `legend ${name}`;
      part.textContent = `${name} ${ms(value)}`;
      return part;
    }),
  );
  const [p50, p95] = [0.5, 0.95].map((share) => latency.percentile(share));
  setText(element("percentiles"), p50 === null ? "" : `p50 ${ms(p50)} · p95 ${ms(p95)}`);
}

session.addEventListener("problem", () => {
  if (session.state === "closed") {
    waitUntilReady();
  }
});
reader.addEventListener("change", show);
reader.addEventListener("problem", ({ detail: sentence }) => say("problem", sentence));
reader.addEventListener("notice", ({ detail: sentence }) => say("notice", sentence));
latency.addEventListener("change", showLatency);
drawChart(element("chart"), latency);
offerExamples(element("examples"), ({ text: example, voice }) => {
  text.value = example;
  choices.choose(voice);
  speak();
});

button.connect.addEventListener("click", () => {
  say();
  if (session.state !== "closed") {
    reader.stop();
    session.disconnect();
  } else if (mayAskNow()) {
    session.connect();
  }
});
// A field that is sent off has told of its change before.
element("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  say();
  if (mayAskNow()) {
    session.connect();
  }
});
button.speak.addEventListener("click", speak);
button.pause.addEventListener("click", () => reader.toggle());
button.stop.addEventListener("click", () => {
  say();
  reader.stop();
});
button.sample.addEventListener("click", playSample);
button.tone.addEventListener("click", () =>
  withSound(() => {
    player.unlock();
    say("notice", TONE);
    playTone(player.context);
  }),
);
for (const kind of ["wav", "srt", "vtt"]) {
  button[kind].addEventListener("click", () => download(kind, player.recording, stage.timeline));
}

typingSwitch.addEventListener("change", () => {
  typing.begin(text.value);
  say("notice", typingSwitch.checked ? TYPE_ON : "");
});
text.addEventListener("input", () => {
  if (typingSwitch.checked) {
    speakOn(typing.ended(text.value));
  }
});
text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    if (typingSwitch.checked) {
      speakOn(typing.rest(text.value));
    } else {
      speak();
    }
  }
});
for (const id of ["prebuffer", "headroom"]) {
  element(id).addEventListener("change", () => player.applySettings());
}
document.addEventListener("click", () => player.resume());
document.addEventListener("visibilitychange", () => player.resume());

waitUntilReady();
