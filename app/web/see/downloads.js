// Gives what was spoken to the user as files.

import { srtOf, vttOf } from "./subtitles.js";
import { wavOf } from "./wav.js";

const NAME = "kokoro";
const KINDS = {
  wav: (recording) => wavOf(recording.blocks, recording.rateHz),
  srt: (_, timeline) => new Blob([srtOf(timeline.words)], { type: "application/x-subrip" }),
  vtt: (_, timeline) => new Blob([vttOf(timeline.words)], { type: "text/vtt" }),
};

// `kind`: a key of KINDS.
export function download(kind, recording, timeline) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(KINDS[kind](recording, timeline));
  link.download = `${NAME}.${kind}`;
  link.click();
  // The browser has begun to read by then; without this the sound would stay in memory as long as the page.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
