// Numbers and times in words.

export function clock(ms) {
  return new Date(ms).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
}

export function span(seconds) {
  return seconds < 60 ? `${seconds} s` : `${seconds / 60} min`;
}

export function amount(value, unit = "") {
  if (value === null) return "none";
  const digits = Math.abs(value) < 10 && !Number.isInteger(value) ? 1 : 0;
  const number = value.toLocaleString("en", { maximumFractionDigits: digits });
  return unit ? `${number} ${unit}` : number;
}
