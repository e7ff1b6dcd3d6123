// Figures, and how they are written.

// Half of all texts should be heard sooner.
export const OBJECTIVE_MS = 600;

export function ms(value) {
  return `${Math.round(value)} ms`;
}

export function counted(number, thing) {
  return `${number.toLocaleString("en")} ${thing}${number === 1 ? "" : "s"}`;
}

// "1:07"
export function clock(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
