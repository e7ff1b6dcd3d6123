// The points of the last minutes: what the server remembers of them, and what came since.

export class Past {
  #points = [];
  #windowS = 0;
  #periodS = 0;

  get points() {
    return this.#points;
  }

  get windowS() {
    return this.#windowS;
  }

  get periodS() {
    return this.#periodS;
  }

  // Unix time of the newest point; 0 before there is one.
  get newestS() {
    return this.#points.at(-1)?.at_s ?? 0;
  }

  // `history`: what /stats/history says.
  add({ points, window_s: windowS, period_s: periodS }) {
    this.#windowS = windowS;
    this.#periodS = periodS;
    const all = [...this.#points, ...points];
    const since = (all.at(-1)?.at_s ?? 0) - windowS;
    this.#points = all.filter((point) => point.at_s >= since);
  }
}
