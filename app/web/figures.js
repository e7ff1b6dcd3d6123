// Figures in words.

export function ms(value) {
  return `${Math.round(value)} ms`;
}

export function counted(number, thing) {
  return `${number.toLocaleString("en")} ${thing}${number === 1 ? "" : "s"}`;
}

// What the first sound of a flush took: as the server says, as its arrival was seen here, and until it is heard. A part
// that is not known is left out.
export function firstSound({ serverMs, hereMs, heardMs }) {
  const parts = [["server", serverMs], ["here", hereMs], ["heard after", heardMs]];
  const known = parts.filter(([, value]) => value !== null).map(([name, value]) => `${name} ${ms(value)}`);
  return `First sound: ${known.join(" · ")}`;
}

// What /stats says.
export function service(stats) {
  const memory = stats.gpu_memory_mb > 0 ? [`GPU memory ${Math.round(stats.gpu_memory_mb).toLocaleString("en")} MB`] : [];
  const spoke =
    stats.first_chunk_p50_ms === null
      ? []
      : [`first sound ${ms(stats.first_chunk_p50_ms)} at p50, ${ms(stats.first_chunk_p95_ms)} at p95`];
  const missing = stats.missing.length === 0 ? [] : [`no full answer from ${stats.missing.join(" and ")}`];
  return [
    `CPU ${Math.round(stats.cpu_percent)}%`,
    `RAM ${Math.round(stats.ram_percent)}%`,
    ...memory,
    counted(stats.sessions, "session"),
    counted(stats.total_requests, "request"),
    ...spoke,
    ...missing,
  ].join(" · ");
}
