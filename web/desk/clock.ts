// The time, as often as a person counts it.

import { signal } from "@preact/signals";

export const now = signal(Date.now());

/** Begin to count. */
export function startClock(): void {
  window.setInterval(() => (now.value = Date.now()), 1000);
}
