// The time, on an AudioContext's clock, of the sample that leaves the loudspeaker now.

export function heardTime(context) {
  const { contextTime = 0, performanceTime = 0 } = context.getOutputTimestamp?.() ?? {};
  if (performanceTime === 0) {
    return context.currentTime - (context.outputLatency || 0);
  }
  const sinceMs = context.state === "running" ? performance.now() - performanceTime : 0;
  // What is not rendered yet cannot be heard: a stalled device would let the extrapolation run away.
  return Math.min(contextTime + sinceMs / 1000, context.currentTime);
}
