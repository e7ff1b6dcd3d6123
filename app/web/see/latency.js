// How soon each flush was heard, and of what that time consisted.

const KEPT = 24;

export class Latency extends EventTarget {
  // {networkMs, serverMs, playbackMs}, the oldest first; playbackMs is null for sound that waited for other sound.
  entries = [];

  // Returns the entry, whose playbackMs may be set later by `heard`.
  add({ networkMs, serverMs }) {
    const entry = { networkMs, serverMs, playbackMs: null };
    this.entries = [...this.entries, entry].slice(-KEPT);
    this.dispatchEvent(new Event("change"));
    return entry;
  }

  heard(entry, playbackMs) {
    entry.playbackMs = Math.max(0, playbackMs);
    this.dispatchEvent(new Event("change"));
  }

  // Of the totals of what was waited for, by linear interpolation between the two nearest; null without any.
  percentile(share) {
    const heard = this.entries.filter(({ playbackMs }) => playbackMs !== null);
    const totals = heard.map(totalMs).sort((a, b) => a - b);
    if (totals.length === 0) {
      return null;
    }
    const place = (totals.length - 1) * share;
    const [low, high] = [totals[Math.floor(place)], totals[Math.ceil(place)]];
    return low + (high - low) * (place - Math.floor(place));
  }
}

export function totalMs({ networkMs, serverMs, playbackMs }) {
  return networkMs + serverMs + (playbackMs ?? 0);
}
