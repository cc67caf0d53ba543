// Alt+Shift and a letter, wherever the focus is: presence, the rooms of the desk, and the call itself.

import type { Api } from "./api";
import { BACK_KEY, giveBack, TAKE_KEY, takeOver } from "./holder";
import { ROOMS } from "./place";
import { be, CHOICES } from "./presence";
import { COPY_KEY, copyNewest } from "./suggestions";

export function listenForKeys(api: Api): void {
  const acts: Record<string, () => Promise<void>> = {
    [`Key${TAKE_KEY}`]: () => takeOver(api),
    [`Key${BACK_KEY}`]: () => giveBack(api),
    [`Key${COPY_KEY}`]: copyNewest,
  };
  window.addEventListener("keydown", (event) => {
    if (!event.altKey || !event.shiftKey || event.ctrlKey || event.metaKey) return;
    const room = ROOMS.find(({ key }) => event.code === `Key${key}`);
    const choice = CHOICES.find(({ key }) => event.code === `Key${key}`);
    const act = acts[event.code];
    if (!room && !choice && !act) return;
    event.preventDefault();
    if (act) void act();
    if (room) location.hash = room.name;
    if (choice) void be(api, choice.value);
  });
}
