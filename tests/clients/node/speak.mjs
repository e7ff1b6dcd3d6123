// Calls every method that the service answers, and prints what came: node speak.mjs URL VOICE TEXT
//
// What a call returns is printed under its name, as {"value": …}, or {"error": {name, status, message}}; sounds are base64.

import { ElevenLabsClient } from "@elevenlabs/elevenlabs-js";

const [baseUrl, voice, text] = process.argv.slice(2);
const client = new ElevenLabsClient({ baseUrl, apiKey: "any key" });
const speech = client.textToSpeech;

async function sound(stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts).toString("base64");
}

async function list(stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return parts;
}

const calls = {
  convert: async () => sound(await speech.convert(voice, { text })),
  stream: async () => sound(await speech.stream(voice, { text, outputFormat: "pcm_24000" })),
  convertWithTimestamps: () => speech.convertWithTimestamps(voice, { text, outputFormat: "pcm_24000" }),
  streamWithTimestamps: async () => list(await speech.streamWithTimestamps(voice, { text, outputFormat: "pcm_24000" })),
  voices: () => client.voices.getAll(),
  search: () => client.voices.search({ pageSize: 100 }),
  voice: () => client.voices.get(voice),
  models: () => client.models.list(),
  user: () => client.user.get(),
  subscription: () => client.user.subscription.get(),
  unknownVoice: async () => sound(await speech.convert("nobody", { text })),
  emptyText: async () => sound(await speech.convert(voice, { text: "" })),
};

const answers = {};
for (const [name, call] of Object.entries(calls)) {
  try {
    answers[name] = { value: await call() };
  } catch (error) {
    answers[name] = { error: { name: error.name, status: error.statusCode, message: error.message } };
  }
}
console.log(JSON.stringify(answers));
