// Round numbers for an axis.

const ROUND = [1, 2, 5, 10];
const TIME_STEPS_S = [10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14_400, 43_200, 86_400];

// Numbers from 0 up, `most` steps or fewer, of which the last is no less than `max`. `least`: the smallest step.
export function valueTicks(max, most, least) {
  const wanted = Math.max(max, least) / most;
  const magnitude = 10 ** Math.floor(Math.log10(wanted));
  const step = Math.max(magnitude * ROUND.find((round) => magnitude * round >= wanted * 0.999), least);
  const steps = Math.max(Math.ceil(max / step - 1e-9), 1);
  return Array.from({ length: steps + 1 }, (_, index) => index * step);
}

// Seconds before now, from 0 back, of which there are `most` or fewer besides now.
export function timeTicks(windowS, most) {
  const step = TIME_STEPS_S.find((seconds) => windowS / seconds <= most) ?? windowS;
  return Array.from({ length: Math.floor(windowS / step) + 1 }, (_, index) => index * step);
}
