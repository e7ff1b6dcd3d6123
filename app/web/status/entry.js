// Where an operator enters a key. It is there only while the figures are refused.

export class KeyEntry {
  #card;
  #problem;

  // `card`: with a form and a paragraph #problem. `tell`: called when a key was entered.
  constructor(card, tell) {
    this.#card = card;
    this.#problem = card.querySelector("#problem");
    card.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#say("");
      tell();
    });
  }

  // `sentence`: why the key that was entered does not do; empty where there is none.
  ask(sentence) {
    this.#card.hidden = false;
    this.#say(sentence);
  }

  // Returns whether whoever used it has to be led on: what they were at is gone.
  leave() {
    const wasHere = this.#card.contains(document.activeElement);
    this.#card.hidden = true;
    return wasHere;
  }

  #say(sentence) {
    if (this.#problem.textContent !== sentence) {
      this.#problem.textContent = sentence;
    }
  }
}
