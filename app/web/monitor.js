// How the service is, asked every few seconds while somebody can see it.

import { addressOf } from "./address.js";
import { service } from "./figures.js";

const POLL_MS = 5000;
const ANSWERS_WITHIN_MS = 10_000;

// `line` is hidden as long as there is nothing to say.
export function watchService(line) {
  let isAsking = false;
  const look = async () => {
    if (document.visibilityState === "visible" && !isAsking) {
      isAsking = true;
      line.textContent = await statsInWords();
      line.hidden = line.textContent === "";
      isAsking = false;
    }
  };
  document.addEventListener("visibilitychange", look);
  setInterval(look, POLL_MS);
  look();
}

async function statsInWords() {
  try {
    const answer = await fetch(addressOf("stats"), { signal: AbortSignal.timeout(ANSWERS_WITHIN_MS) });
    return answer.ok ? service(await answer.json()) : "";
  } catch {
    return "";
  }
}
