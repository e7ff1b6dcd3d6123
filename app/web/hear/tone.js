// Half a second of 440 Hz, made here: whoever hears it has sound, with or without the service.

const FREQUENCY_HZ = 440;
const LENGTH_S = 0.5;
const EDGE_S = 0.03;
const LOUDNESS = 0.2;

export function playTone(context) {
  const oscillator = new OscillatorNode(context, { frequency: FREQUENCY_HZ });
  const envelope = new GainNode(context, { gain: 0 });
  const start = context.currentTime + EDGE_S;
  envelope.gain
    .setValueAtTime(0, start)
    .linearRampToValueAtTime(LOUDNESS, start + EDGE_S)
    .setValueAtTime(LOUDNESS, start + LENGTH_S - EDGE_S)
    .linearRampToValueAtTime(0, start + LENGTH_S);
  oscillator.connect(envelope).connect(context.destination);
  oscillator.start(start);
  oscillator.stop(start + LENGTH_S);
}
