// Notes what the page does to the browser's sound and sockets, without the page's own code: window.recorded.

window.recorded = { starts: [], tones: [], frames: [], closes: [], context: null };

// One for every chunk: when it is due, how long it is, and the clock when that was said. Times in seconds.
const { start } = AudioBufferSourceNode.prototype;
AudioBufferSourceNode.prototype.start = function (when, ...rest) {
  const { context, buffer } = this;
  recorded.context = context;
  recorded.starts.push({ when, frames: buffer.length, clock: context.currentTime });
  return start.call(this, when, ...rest);
};

const startTone = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...rest) {
  recorded.tones.push(this.frequency.value);
  return startTone.call(this, ...rest);
};

window.WebSocket = class extends WebSocket {
  constructor(...rest) {
    super(...rest);
    this.addEventListener("close", ({ code }) => recorded.closes.push(code));
  }
};

// The audio that leaves the loudspeaker now, as the Web Audio specification has it.
function audibleS() {
  const { contextTime, performanceTime } = recorded.context.getOutputTimestamp();
  return contextTime + (performance.now() - performanceTime) / 1000;
}

// What is lit once a frame is painted: a task that a frame posts runs after all that the frame does.
const painted = new MessageChannel();
painted.port1.onmessage = () => {
  const spans = [...document.querySelectorAll("#captions .flush > span")];
  const lit = spans.map((span) => span.classList.contains("heard"));
  recorded.frames.push({
    audibleS: audibleS(),
    lit: lit.filter(Boolean).length,
    lastLit: lit.lastIndexOf(true),
    current: spans.findIndex((span) => span.classList.contains("now")),
  });
};

requestAnimationFrame(function sample() {
  if (recorded.context !== null) {
    painted.port2.postMessage(null);
  }
  requestAnimationFrame(sample);
});
