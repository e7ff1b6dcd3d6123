// The choice of voices, grouped by what their names begin with: af_heart is American and female.

const FAVOURITE = "af_heart";
const GROUPS = new Map([
  ["af", "American, female"],
  ["am", "American, male"],
  ["bf", "British, female"],
  ["bm", "British, male"],
  ["ef", "Spanish, female"],
  ["em", "Spanish, male"],
  ["ff", "French, female"],
  ["hf", "Hindi, female"],
  ["hm", "Hindi, male"],
  ["if", "Italian, female"],
  ["im", "Italian, male"],
  ["pf", "Brazilian, female"],
  ["pm", "Brazilian, male"],
]);
const OTHERS = "Others";

// Keeps what is chosen, if it is still among the names.
export function fillVoices(select, names) {
  const wanted = [select.value, FAVOURITE].find((name) => names.includes(name));
  const groups = new Map();
  for (const name of names) {
    const label = GROUPS.get(name.slice(0, 2)) ?? OTHERS;
    groups.set(label, [...(groups.get(label) ?? []), name]);
  }
  select.replaceChildren(...Array.from(groups, ([label, members]) => group(label, members)));
  if (wanted !== undefined) {
    select.value = wanted;
  }
  select.disabled = names.length === 0;
}

function group(label, names) {
  const element = document.createElement("optgroup");
  element.label = label;
  element.append(...names.map((name) => new Option(name)));
  return element;
}
