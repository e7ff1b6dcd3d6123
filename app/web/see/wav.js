// A WAV file of 16-bit mono.

const HEADER_BYTES = 44;

// `blocks`: Int16Arrays one after another.
export function wavOf(blocks, rateHz) {
  const bytes = 2 * blocks.reduce((frames, block) => frames + block.length, 0);
  const header = new DataView(new ArrayBuffer(HEADER_BYTES));
  const write = (at, word) => Array.from(word).forEach((letter, i) => header.setUint8(at + i, letter.charCodeAt(0)));
  write(0, "RIFF");
  header.setUint32(4, HEADER_BYTES - 8 + bytes, true);
  write(8, "WAVEfmt ");
  header.setUint32(16, 16, true);
  header.setUint16(20, 1, true); // PCM
  header.setUint16(22, 1, true); // mono
  header.setUint32(24, rateHz, true);
  header.setUint32(28, 2 * rateHz, true);
  header.setUint16(32, 2, true);
  header.setUint16(34, 16, true);
  write(36, "data");
  header.setUint32(40, bytes, true);
  return new Blob([header, ...blocks.map(littleEndian)], { type: "audio/wav" });
}

const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

function littleEndian(block) {
  if (isLittleEndian) {
    return block;
  }
  const view = new DataView(new ArrayBuffer(2 * block.length));
  block.forEach((sample, i) => view.setInt16(2 * i, sample, true));
  return view;
}
