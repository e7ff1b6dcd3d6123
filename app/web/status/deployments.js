// The deployments in the order in which a text goes through them; those that are not known come last.

const ORDER = ["Ingress", "Speech", "Kokoro"];

export function byDeployment(one, other) {
  return place(one) - place(other) || one.localeCompare(other);
}

function place(name) {
  const index = ORDER.indexOf(name);
  return index < 0 ? ORDER.length : index;
}
