// Waits for the service to be ready to speak.

import { addressOf } from "./address.js";

const POLL_MS = 2000;
const ANSWERS_WITHIN_MS = 5000;
const SIGN_IN = [401, 403, 407];
const SILENT = "The server does not answer. Trying again …";
const SIGNED_OUT = "The server asks for a sign-in. Load this page again.";
const WARMING_UP = "The service is not ready yet.";

// `tell` is told why it is not ready, as often as it was asked. Returns the report of /health, or null when `signal`, an
// AbortSignal, said to stop.
export async function untilReady(tell, signal = null) {
  for (;;) {
    const health = await look();
    if (signal?.aborted) {
      return null;
    }
    if (health.ok) {
      return health;
    }
    tell(health.reason ?? WARMING_UP);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

// The report of /health, once; of what did not answer as the service does, only a reason.
export async function look() {
  let answer;
  try {
    answer = await fetch(addressOf("health"), { signal: AbortSignal.timeout(ANSWERS_WITHIN_MS) });
  } catch {
    return { reason: SILENT };
  }
  if (SIGN_IN.includes(answer.status)) {
    return { reason: SIGNED_OUT };
  }
  try {
    return await answer.json();
  } catch {
    return { reason: stranger(answer.status) };
  }
}

// The service itself always answers in JSON.
function stranger(status) {
  return status >= 500
    ? `A proxy answers, but not the service behind it (status ${status}). Trying again …`
    : `What answers here is not this service (status ${status}). Trying again …`;
}
