// Notes what the page does to the browser's sound and sockets, without the page's own code: window.recorded.

window.recorded = { played: [], tones: [], clips: [], frames: [], closes: [], context: null };

// Where the test gave the source of a tap, whatever is connected to the loudspeaker is connected to one as well, which
// goes on to the loudspeaker with zeros. The empty page before this one has no worklets.
if ("tapSource" in window && "Worklet" in window) {
  const { addModule } = Worklet.prototype;
  Worklet.prototype.addModule = async function (...rest) {
    await addModule.call(this, URL.createObjectURL(new Blob([tapSource], { type: "text/javascript" })));
    return addModule.call(this, ...rest);
  };
}

const { connect } = AudioNode.prototype;
AudioNode.prototype.connect = function (target, ...rest) {
  if (target instanceof AudioDestinationNode && this.constructor.name === "AudioWorkletNode") {
    recorded.context = this.context;
    if ("tapSource" in window) {
      const tap = new AudioWorkletNode(this.context, "tap", { outputChannelCount: [1] });
      const played = (recorded.played = []);
      tap.port.onmessage = ({ data }) => played.push(data);
      connect.call(tap, target);
      connect.call(this, tap);
    }
  }
  return connect.call(this, target, ...rest);
};

// All that was played since the player was made, as 16-bit samples in base64, and the frame of the clock that it starts at.
window.allPlayed = () => {
  const samples = Int16Array.from(recorded.played.flatMap((part) => Array.from(part.samples, (one) => Math.round(one * 32768))));
  const bytes = new Uint8Array(samples.buffer);
  let text = "";
  for (let i = 0; i < bytes.length; i += 32768) {
    text += String.fromCharCode(...bytes.subarray(i, i + 32768));
  }
  return { from: recorded.played[0]?.from ?? 0, rateHz: recorded.context.sampleRate, base64: btoa(text) };
};

const startTone = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...rest) {
  recorded.tones.push(this.frequency.value);
  return startTone.call(this, ...rest);
};

const startClip = AudioBufferSourceNode.prototype.start;
AudioBufferSourceNode.prototype.start = function (...rest) {
  recorded.clips.push(this.buffer.duration);
  return startClip.call(this, ...rest);
};

window.WebSocket = class extends WebSocket {
  constructor(...rest) {
    super(...rest);
    this.addEventListener("close", ({ code }) => recorded.closes.push(code));
  }
};

// The audio that leaves the loudspeaker now, as the Web Audio specification has it.
window.audibleS = () => {
  const { contextTime, performanceTime } = recorded.context.getOutputTimestamp();
  return contextTime + (performance.now() - performanceTime) / 1000;
};

// What is lit once a frame is painted: a task that a frame posts runs after all that the frame does.
const painted = new MessageChannel();
painted.port1.onmessage = () => {
  const characters = [...document.querySelectorAll("#captions .character")];
  const lit = characters.map((character) => character.classList.contains("heard"));
  recorded.frames.push({
    audibleS: audibleS(),
    lit: lit.filter(Boolean).length,
    lastLit: lit.lastIndexOf(true),
    current: characters.findIndex((character) => character.classList.contains("now")),
    word: document.querySelector("#captions .spoken")?.textContent ?? null,
  });
};

requestAnimationFrame(function sample() {
  if (recorded.context !== null) {
    painted.port2.postMessage(null);
  }
  requestAnimationFrame(sample);
});
