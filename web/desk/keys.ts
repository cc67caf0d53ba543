// Alt+Shift and a letter, wherever the focus is: presence, and the rooms of the desk.

import type { Api } from "./api";
import { ROOMS } from "./place";
import { be, CHOICES } from "./presence";

export function listenForKeys(api: Api): void {
  window.addEventListener("keydown", (event) => {
    if (!event.altKey || !event.shiftKey || event.ctrlKey || event.metaKey) return;
    const room = ROOMS.find(({ key }) => event.code === `Key${key}`);
    const choice = CHOICES.find(({ key }) => event.code === `Key${key}`);
    if (!room && !choice) return;
    event.preventDefault();
    if (room) location.hash = room.name;
    if (choice) void be(api, choice.value);
  });
}
