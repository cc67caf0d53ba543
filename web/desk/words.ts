// How things are put into words.

const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

/** `book_appointment` is `book appointment`. */
export const spaced = (name: unknown): string => String(name ?? "").replaceAll(/[_:-]+/g, " ").trim();

/** With a capital. */
export const titled = (name: unknown): string => spaced(name).replace(/^./, (first) => first.toUpperCase());

export const timeOf = (at: string): string => TIME.format(new Date(at));

/** A time of today is the time alone. */
export function momentOf(at: string, now: Date = new Date()): string {
  const then = new Date(at);
  return then.toDateString() === now.toDateString() ? TIME.format(then) : DAY.format(then);
}

/** `75 s` is `1:15`. */
export function lengthOf(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const rest = String(seconds % 60).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes}:${rest}` : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
}

/** `+14155550142` is `+1 415 555 0142`; any other number as it is. */
export const numberOf = (number: string): string => number.replace(/^\+1(\d{3})(\d{3})(\d{4})$/, "+1 $1 $2 $3");
