// Where on the desk somebody is, as the address says it: `#calls`, `#call/CA…`.

import { signal } from "@preact/signals";

export const PLACES = ["calls"] as const;
export type Place = { name: (typeof PLACES)[number] } | { name: "call"; sid: string };

export const place = signal<Place>(read());

window.addEventListener("hashchange", () => (place.value = read()));

export const callAt = (sid: string): string => `#call/${sid}`;

function read(): Place {
  const [name, sid] = location.hash.slice(1).split("/");
  if (name === "call" && /^CA[0-9a-f]{32}$/i.test(sid ?? "")) return { name, sid: sid as string };
  const found = PLACES.find((known) => known === name);
  return { name: found ?? "calls" };
}
