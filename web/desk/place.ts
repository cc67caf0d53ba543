// Where on the desk somebody is, as the address says it: `#calls`, `#to-do`, `#history`, `#call/CA…`.

import { signal } from "@preact/signals";

export const ROOMS = [
  { name: "calls", label: "Calls", key: "L" },
  { name: "to-do", label: "To do", key: "T" },
  { name: "history", label: "History", key: "H" },
] as const;
export type Place = { name: (typeof ROOMS)[number]["name"] } | { name: "call"; sid: string };

export const place = signal<Place>(read());

window.addEventListener("hashchange", () => (place.value = read()));

export const callAt = (sid: string): string => `#call/${sid}`;

function read(): Place {
  const [name, sid] = location.hash.slice(1).split("/");
  if (name === "call" && /^CA[0-9a-f]{32}$/i.test(sid ?? "")) return { name, sid: sid as string };
  const found = ROOMS.find((room) => room.name === name);
  return { name: found?.name ?? "calls" };
}
