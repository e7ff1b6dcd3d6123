// How the service is, asked every few seconds while somebody can see it.

import { addressOf } from "./address.js";
import { service } from "./figures.js";

const POLL_MS = 5000;
const ANSWERS_WITHIN_MS = 10_000;

const NOT_TOLD = [401, 403];

// `line` is hidden as long as there is nothing to say. `key`: the user's, as Key has it.
export function watchService(line, key) {
  let isAsking = false;
  const look = async () => {
    if (document.visibilityState === "visible" && !isAsking) {
      isAsking = true;
      line.textContent = key.mayBeOfOperator ? await statsInWords(key) : "";
      line.hidden = line.textContent === "";
      isAsking = false;
    }
  };
  document.addEventListener("visibilitychange", look);
  setInterval(look, POLL_MS);
  look();
}

async function statsInWords(key) {
  try {
    const signal = AbortSignal.timeout(ANSWERS_WITHIN_MS);
    const answer = await fetch(addressOf("stats"), { headers: key.headers, signal });
    if (NOT_TOLD.includes(answer.status)) {
      key.isNotOfOperator();
    }
    return answer.ok ? service(await answer.json()) : "";
  } catch {
    return "";
  }
}
