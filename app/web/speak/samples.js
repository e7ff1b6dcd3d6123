// A sentence to hear a voice with, in its language: by the first letter of the voice's name.

const SENTENCES = {
  a: "Hello! This is how I sound when I read to you.",
  b: "Hello! This is how I sound when I read to you.",
  e: "¡Hola! Así suena mi voz cuando leo para usted.",
  f: "Bonjour ! Voici ma voix quand je vous fais la lecture.",
  h: "नमस्ते! जब मैं आपके लिए पढ़ती हूँ, तो मेरी आवाज़ ऐसी लगती है।",
  i: "Ciao! Questa è la mia voce quando leggo per te.",
  p: "Olá! É assim que eu soo quando leio para você.",
};

export function sampleFor(voice) {
  return SENTENCES[voice.charAt(0)] ?? SENTENCES.a;
}
