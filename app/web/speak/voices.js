// The choice of voices, grouped by what their names begin with: af_heart is American and female.

const FAVOURITE = "af_heart";
const GROUPS = new Map([
  ["af", "American English, female"],
  ["am", "American English, male"],
  ["bf", "British English, female"],
  ["bm", "British English, male"],
  ["ef", "Spanish, female"],
  ["em", "Spanish, male"],
  ["ff", "French, female"],
  ["hf", "Hindi, female"],
  ["hm", "Hindi, male"],
  ["if", "Italian, female"],
  ["im", "Italian, male"],
  ["pf", "Brazilian Portuguese, female"],
  ["pm", "Brazilian Portuguese, male"],
]);
const OTHERS = "Others";

// Keeps what is chosen, if it is still among the names; `wanted` is chosen else. Options that belong to no group stay.
export function fillVoices(select, names, wanted) {
  const chosen = [select.value, wanted, FAVOURITE].find((name) => names.includes(name));
  const groups = new Map();
  for (const name of names) {
    const label = GROUPS.get(name.slice(0, 2)) ?? OTHERS;
    groups.set(label, [...(groups.get(label) ?? []), name]);
  }
  const alone = select.querySelectorAll(":scope > option");
  select.replaceChildren(...alone, ...Array.from(groups, ([label, members]) => group(label, members)));
  if (chosen !== undefined && (alone.length === 0 || names.includes(wanted))) {
    select.value = chosen;
  }
  select.disabled = names.length === 0;
}

// "Heart" for af_heart.
export function nameOf(voice) {
  const name = voice.slice(voice.indexOf("_") + 1);
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function group(label, names) {
  const element = document.createElement("optgroup");
  element.label = label;
  element.append(...names.map((name) => new Option(`${nameOf(name)} (${name})`, name)));
  return element;
}
