// Twelve keys, by mouse, touch or keyboard.

const KEYS = [
  ["1", ""], ["2", "abc"], ["3", "def"],
  ["4", "ghi"], ["5", "jkl"], ["6", "mno"],
  ["7", "pqrs"], ["8", "tuv"], ["9", "wxyz"],
  ["*", ""], ["0", ""], ["#", ""],
];
const NAMES = { "*": "star", "#": "pound" };

/** Builds the keys into `place`; `onPress(digit)`. The keyboard counts unless something is being typed. */
export function keypad(place, onPress) {
  const buttons = new Map();
  for (const [digit, letters] of KEYS) {
    const button = document.createElement("button");
    button.type = "button";
    button.disabled = true;
    button.dataset.digit = digit;
    button.setAttribute("aria-label", NAMES[digit] ?? digit);
    button.append(digit);
    if (letters) button.append(Object.assign(document.createElement("small"), { textContent: letters }));
    button.addEventListener("click", () => onPress(digit));
    buttons.set(digit, button);
    place.append(button);
  }
  document.addEventListener("keydown", (event) => {
    const typing = event.target instanceof HTMLInputElement && event.target.type !== "checkbox";
    if (typing || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
    const button = buttons.get(event.key);
    if (!button || button.disabled) return;
    event.preventDefault();
    button.classList.add("pressed");
    setTimeout(() => button.classList.remove("pressed"), 120);
    button.click();
  });
  return { enable: (on) => buttons.forEach((button) => (button.disabled = !on)) };
}
