// How the service is, asked every few seconds while somebody can see it.

import { service } from "./figures.js";

const POLL_MS = 5000;

// `line` is hidden as long as there is nothing to say.
export function watchService(line) {
  const look = async () => {
    if (document.visibilityState === "visible") {
      line.textContent = await statsInWords();
      line.hidden = line.textContent === "";
    }
  };
  document.addEventListener("visibilitychange", look);
  setInterval(look, POLL_MS);
  look();
}

async function statsInWords() {
  try {
    const answer = await fetch("stats");
    return answer.ok ? service(await answer.json()) : "";
  } catch {
    return "";
  }
}
