// What the caller waited for between their last word and the answer's first sound, as one stacked bar.

export const PARTS = [
  ["end_of_turn_ms", "End of turn", "making sure that the caller has finished"],
  ["model_ms", "Model", "until the model's first word"],
  ["tool_ms", "Tools", "looking things up"],
  ["text_ms", "Text", "until there is a sentence to speak"],
  ["synthesis_ms", "Voice", "until its first sound"],
];
const WIDEST_MS = 2500;

export function drawLegend(list) {
  list.replaceChildren(
    ...PARTS.map(([key, name, meaning]) => {
      const item = document.createElement("li");
      item.className = key;
      item.textContent = name;
      item.title = meaning;
      return item;
    }),
  );
}

/** A bar for one `turn_timing` line of the record; all bars share a scale until a turn exceeds it. */
export function timingBar(timing) {
  const figure = document.createElement("div");
  figure.className = "timing";
  const bar = document.createElement("div");
  bar.className = "bar";
  const parts = PARTS.filter(([key]) => timing[key] > 0);
  const words = parts.map(([key, name]) => `${name} ${timing[key]} ms`).join(", ");
  bar.setAttribute("role", "img");
  bar.setAttribute("aria-label", `Answered after ${timing.gap_ms} ms: ${words}`);
  bar.title = words;
  const scale = 100 / Math.max(WIDEST_MS, timing.gap_ms);
  for (const [key] of parts) {
    const piece = document.createElement("span");
    piece.className = key;
    piece.style.width = `${timing[key] * scale}%`;
    bar.append(piece);
  }
  const total = document.createElement("span");
  total.className = "figures";
  total.textContent = `${(timing.gap_ms / 1000).toFixed(2)} s`;
  figure.append(bar, total);
  return figure;
}
