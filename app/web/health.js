// Waits for the service to be ready to speak.

const POLL_MS = 2000;
const SILENT = "The server does not answer. Trying again …";
const WARMING_UP = "The service is not ready yet.";

// `tell` is told why it is not ready, as often as it was asked. Returns the report of /health.
export async function untilReady(tell) {
  for (;;) {
    try {
      const health = await (await fetch("health")).json();
      if (health.ok) {
        return health;
      }
      tell(health.reason ?? WARMING_UP);
    } catch {
      tell(SILENT);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
