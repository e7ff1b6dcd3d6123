// The jitter buffer between a context and its loudspeaker.
//
// Browsers have an audio thread for pages that came over HTTPS or from this machine itself. On any other page the buffer
// runs on the page's own thread: a busy page may then click.

import { addressOf } from "../address.js";
import { JitterBuffer } from "./jitter.js";

const BLOCK_FRAMES = 2048;
const kept = new WeakMap(); // browsers forget a node of this kind that nothing refers to, sounding or not

// Resolves to a function that sends the buffer a message, and a list of what to transfer with it. `hear` is called with
// each message of the buffer's.
export async function openOutput(context, hear) {
  if (context.audioWorklet === undefined) {
    return onThisThread(context, hear);
  }
  await context.audioWorklet.addModule(addressOf("web/hear/processor.js"));
  const node = new AudioWorkletNode(context, "jitter-buffer", { numberOfInputs: 0, outputChannelCount: [1] });
  node.port.onmessage = ({ data }) => hear(data);
  node.connect(context.destination);
  return (message, transferred = []) => node.port.postMessage(message, transferred);
}

function onThisThread(context, hear) {
  const buffer = new JitterBuffer(context.sampleRate, hear);
  const node = context.createScriptProcessor(BLOCK_FRAMES, 1, 1);
  node.onaudioprocess = ({ outputBuffer, playbackTime }) => {
    const out = outputBuffer.getChannelData(0).fill(0);
    buffer.play(out, Math.round(playbackTime * context.sampleRate));
  };
  node.connect(context.destination);
  kept.set(context, node);
  return (message) => buffer.take(message);
}
