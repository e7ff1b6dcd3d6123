// The page: which button does what, and what is shown.

import { Captions } from "./captions.js";
import { counted, firstSound } from "./figures.js";
import { untilReady } from "./health.js";
import { Key } from "./key.js";
import { watchService } from "./monitor.js";
import { Player } from "./player.js";
import { Session } from "./session.js";
import { Settings } from "./settings.js";
import { playTone } from "./tone.js";
import { fillVoices } from "./voices.js";

const SAMPLE_RATE_HZ = 44100;
const LOOKING = "Looking for the service …";
const NOTHING_TYPED = "There is nothing to speak: type some text first.";
const NOTHING_NEW = "Nothing new to speak: type more, choose another voice, or press Cancel to start over.";
const SILENT = "Nothing of this text can be spoken: emoji, marks alone and scripts other than Latin have no sound.";
const KEYLESS = "This service wants an API key: enter yours below.";
const TONE = "You should hear a tone for half a second. If not, look at the volume and the output of this device.";
const NO_SOUND = "This browser plays no sound here. Try another one.";

const element = (id) => document.getElementById(id);
const [text, voice, state] = ["text", "voice", "state"].map(element);
const button = Object.fromEntries(
  ["connect", "disconnect", "flush", "end", "cancel", "tone"].map((id) => [id, element(id)]),
);

const settings = new Settings({ prebufferMs: element("prebuffer"), headroomMs: element("headroom") });
const player = new Player(SAMPLE_RATE_HZ, settings);
const captions = new Captions(element("captions"), () => player.heardS);
const key = new Key(element("key-setting"), element("key"));
const session = new Session({ sample_rate: SAMPLE_RATE_HZ }, key);
const captionOf = new WeakMap();
let reasonToWait = null;
let gaps = 0;

// Sentences about what the user does; an error is spoken by screen readers at once.
function say(id, sentence = "") {
  for (const other of ["problem", "notice"]) {
    element(other).textContent = other === id ? sentence : "";
  }
}

function isBusySpeaking() {
  return session.isAwaitingSpeech || player.isHolding || player.isSounding;
}

function situation() {
  const isSpeaking = isBusySpeaking();
  if (session.state === "connecting") {
    return ["busy", "Connecting …"];
  }
  if (session.state === "ending" || (session.state === "closed" && isSpeaking)) {
    return ["speaking", session.isCut ? "Speaking what came" : "Speaking the rest"];
  }
  if (session.state === "open") {
    if (isSpeaking && !player.isSounding) {
      return ["busy", "Waiting for sound …"];
    }
    return isSpeaking ? ["speaking", "Speaking"] : ["open", "Connected"];
  }
  return reasonToWait === null ? ["closed", "Not connected"] : ["busy", reasonToWait];
}

function show() {
  const [kind, words] = situation();
  state.dataset.kind = kind;
  if (state.textContent !== words) {
    state.textContent = words;
  }
  const isReady = reasonToWait === null;
  const isClosed = session.state === "closed";
  const mayTalk = isReady && session.state !== "ending";
  button.connect.disabled = !isReady || !isClosed;
  button.disconnect.disabled = isClosed;
  button.flush.disabled = button.end.disabled = !mayTalk;
  button.cancel.disabled = !isBusySpeaking() && !session.hasSent;
}

async function waitUntilReady() {
  reasonToWait = LOOKING;
  show();
  const health = await untilReady((reason) => {
    reasonToWait = reason;
    show();
  });
  fillVoices(voice, health.voices);
  key.want(health.needs_key);
  reasonToWait = null;
  show();
}

// Resolves to whether there is a connection.
async function connect() {
  if (session.state === "closed" && key.isMissing) {
    say("problem", KEYLESS);
    element("key").focus();
    return false;
  }
  return session.connect();
}

function unlockSound() {
  try {
    player.unlock();
    return true;
  } catch {
    say("problem", NO_SOUND);
    return false;
  }
}

async function flush() {
  const askedAt = performance.now();
  say();
  if (!session.newIn(text.value, voice.value)) {
    say("notice", text.value.trim() ? NOTHING_NEW : NOTHING_TYPED);
  } else if (unlockSound() && (await connect()) && session.newIn(text.value, voice.value)) {
    session.flush(text.value, voice.value, askedAt);
  }
}

async function end() {
  const askedAt = performance.now();
  say();
  if (session.state === "closed" && !session.newIn(text.value, voice.value)) {
    say("notice", NOTHING_TYPED);
  } else if (unlockSound() && (await connect())) {
    session.end(text.value, voice.value, askedAt);
  }
}

function hush() {
  player.stop();
  captions.cut();
}

session.addEventListener("change", show);

session.addEventListener("flushed", ({ detail: flush }) => {
  if (flush.isAnew) {
    captions.beginAnew();
    gaps = 0;
    showGaps();
  }
  captionOf.set(flush, captions.add(flush.text));
});

session.addEventListener("chunk", ({ detail: { flush, chunk } }) => {
  const isFirst = chunk.meta !== undefined && flush.firstSound !== null;
  if (isFirst) {
    showFirstSound({ ...flush.firstSound, heardMs: null });
  }
  if (chunk.final && flush.firstSound === null) {
    say("notice", SILENT);
  }
  player.add(chunk.samples, chunk.final, (startS, startsSound) => {
    captions.time(captionOf.get(flush), chunk.alignment, startS);
    if (isFirst && startsSound) {
      const heardInMs = (startS - player.heardS) * 1000;
      showFirstSound({ ...flush.firstSound, heardMs: performance.now() - flush.firstSound.waitedFrom + heardInMs });
    }
  });
});

session.addEventListener("dropped", ({ detail: flush }) => {
  // What is held back has its times only when it is let go.
  if (flush.firstSound !== null) {
    player.finish();
  }
  captions.drop(captionOf.get(flush));
});

session.addEventListener("problem", ({ detail: sentence }) => {
  say("problem", sentence);
  if (session.state === "closed") {
    waitUntilReady();
  }
});

function showFirstSound(times) {
  element("latency").textContent = firstSound(times);
}

function showGaps() {
  element("gaps").textContent = gaps === 0 ? "no gaps" : counted(gaps, "gap");
}

player.addEventListener("change", show);
player.addEventListener("problem", ({ detail: sentence }) => say("problem", sentence));
player.addEventListener("gap", () => {
  gaps += 1;
  showGaps();
});

button.connect.addEventListener("click", () => {
  say();
  connect();
});

button.disconnect.addEventListener("click", () => {
  say();
  hush();
  session.disconnect();
});

button.flush.addEventListener("click", flush);
button.end.addEventListener("click", end);

button.cancel.addEventListener("click", () => {
  say();
  hush();
  session.cancel();
});

button.tone.addEventListener("click", () => {
  if (unlockSound()) {
    say("notice", TONE);
    playTone(player.context);
  }
});

text.addEventListener("input", () => {
  if (text.value.trim() === "") {
    session.beginAnew();
  }
});

text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !button.flush.disabled) {
    event.preventDefault();
    flush();
  }
});

document.addEventListener("click", () => player.resume());

waitUntilReady().then(() => watchService(element("service"), key));
