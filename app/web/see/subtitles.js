// Captions as files that players read: SubRip (SRT) and WebVTT.

import { cuesOf } from "./cues.js";

// `words`: those of a Timeline.
export function srtOf(words) {
  const blocks = cuesOf(words).map((cue, i) => {
    // SubRip has no way to write its own arrow.
    const text = cue.lines.join("\n").replaceAll("-->", "→");
    return `${i + 1}\n${stamp(cue.beginsS, ",")} --> ${stamp(cue.endsS, ",")}\n${text}\n`;
  });
  return blocks.join("\n");
}

export function vttOf(words) {
  const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const blocks = cuesOf(words).map(
    ({ beginsS, endsS, lines }) => `${stamp(beginsS, ".")} --> ${stamp(endsS, ".")}\n${escaped(lines.join("\n"))}\n`,
  );
  return ["WEBVTT\n", ...blocks].join("\n");
}

function stamp(seconds, mark) {
  const whole = Math.round(seconds * 1000);
  const two = (value) => String(Math.floor(value)).padStart(2, "0");
  const clock = [whole / 3_600_000, (whole / 60_000) % 60, (whole / 1000) % 60].map(two).join(":");
  return `${clock}${mark}${String(whole % 1000).padStart(3, "0")}`;
}
