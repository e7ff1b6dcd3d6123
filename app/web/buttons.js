// Buttons that cannot be pressed now.
//
// A button that is disabled loses the focus, and whoever uses the keyboard their place: as long as it has it, it only says
// that it is, and does nothing.

export function enable(button, isEnabled) {
  button.setAttribute("aria-disabled", !isEnabled);
  button.disabled = !isEnabled && button !== document.activeElement;
}

document.addEventListener("focusout", ({ target }) => {
  if (target.matches('button[aria-disabled="true"]')) {
    target.disabled = true;
  }
});

document.addEventListener(
  "click",
  (event) => {
    if (event.target.closest('button[aria-disabled="true"]')) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  },
  { capture: true },
);
