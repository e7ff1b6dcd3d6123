// Texts to begin with, each with a voice of its language.

const EXAMPLES = [
  {
    name: "A story",
    voice: "af_heart",
    text: `The lighthouse keeper had not spoken to anyone for eleven days. On the twelfth, a small boat came out of the fog, and in it sat a girl with a lantern.

“You have let the light go out,” she said.

He looked up. It was true: for the first time in forty years, the great lamp was dark. “Then how did you find me?” he asked.

“I didn't,” said the girl, and held the lantern higher. “I came to find out who was missing.”`,
  },
  {
    name: "Numbers and dates",
    voice: "bf_emma",
    text: `On 3 March 2024 at 7:45 p.m., the 21st flight to Paris left with 148 passengers, 2½ hours late. A ticket was $1,249.50, or about £980 – 12.5% more than in the '90s. It flew 343 km at −56 °C, 10,668 m up. Dr. Smith of 12 Elm Dr. wrote to info@example.com: call 555-0142 before Chapter IV.`,
  },
  {
    name: "Mathematics",
    voice: "am_michael",
    text: String.raw`The roots of $ax^2 + bx + c = 0$ are $x = \frac{-b \pm \sqrt{b^2 - 4ac}}{2a}$. Euler found that $e^{i\pi} + 1 = 0$, and that $\sum_{n=1}^{\infty} \frac{1}{n^2} = \frac{\pi^2}{6}$. Light goes at c ≈ 2.998 × 10⁸ m/s.`,
  },
  {
    name: "Español",
    voice: "ef_dora",
    text: "Buenos días. El tren de las 9:30 sale del andén 4 y llega a Sevilla en 2 horas. ¿Lleva usted equipaje? Son 45 € por persona.",
  },
  {
    name: "Français",
    voice: "ff_siwis",
    text: "Bonjour ! Les enfants ont attendu 25 minutes sous la pluie. Le musée ouvre à 10 h, et l'entrée coûte 12,50 €. À bientôt !",
  },
  {
    name: "हिन्दी",
    voice: "hf_alpha",
    text: "नमस्ते। आज मौसम बहुत अच्छा है। चलिए, बगीचे में बैठकर चाय पीते हैं और बातें करते हैं।",
  },
  {
    name: "Italiano",
    voice: "if_sara",
    text: "Buongiorno! Il traghetto per Capri parte alle 8:15 dal molo 3. Il biglietto costa 22 €. Buon viaggio, e non dimentichi il cappello!",
  },
  {
    name: "Português",
    voice: "pf_dora",
    text: "Bom dia! A reunião começa às 14h30 na sala 7. Levem 2 cópias do relatório, por favor. O almoço custa R$ 35,90.",
  },
];

// One button each, in `list`. `choose` is told the example.
export function offerExamples(list, choose) {
  list.append(
    ...EXAMPLES.map((example) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = example.name;
      button.addEventListener("click", () => choose(example));
      const item = document.createElement("li");
      item.append(button);
      return item;
    }),
  );
}
