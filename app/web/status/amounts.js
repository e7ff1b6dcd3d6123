// Amounts in words, as short as a tile or an axis needs them. Null is what nobody knows, or nobody did.

const NOTHING = "–";
const MB_PER_GB = 1024;

export function count(value) {
  return value === null ? NOTHING : value.toLocaleString("en");
}

export function fraction(value, digits) {
  return value === null ? NOTHING : value.toFixed(digits);
}

export function milliseconds(value) {
  return value === null ? NOTHING : `${Math.round(value).toLocaleString("en")} ms`;
}

export function percent(value) {
  return `${Math.round(value)}%`;
}

export function memory(mb) {
  if (mb === null) {
    return NOTHING;
  }
  if (mb < MB_PER_GB) {
    return `${Math.round(mb)} MB`;
  }
  const gb = mb / MB_PER_GB;
  return `${gb.toFixed(Number.isInteger(gb) || gb >= 100 ? 0 : 1)} GB`;
}

export function seconds(value) {
  return `${value.toLocaleString("en", { maximumFractionDigits: 1 })} s`;
}

// A stretch of time, of which only the order matters.
export function stretch(s) {
  if (s < 120 && s !== 60) {
    return `${Math.round(s)} s`;
  }
  return s < 7200 ? `${Math.round(s / 60)} min` : `${Math.round(s / 3600)} h`;
}

export function timeOfDay(date) {
  return date.toLocaleTimeString("en-GB");
}
