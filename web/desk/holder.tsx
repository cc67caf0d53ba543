// Who has the call: one key takes it over from the agent, one gives it back.

import { effect, signal } from "@preact/signals";
import type { Api } from "./api";
import { call, mine, myself, transfers, trouble } from "./state";

export const TAKE_KEY = "O";
export const BACK_KEY = "B";

/** The call that is on its way to me, until its transfer says so. */
const moving = signal<string | null>(null);
effect(() => {
  if (moving.value && transfers.value.has(moving.value)) moving.value = null;
});

export function TakeOver({ api }: { api: Api }) {
  const sid = mayTake();
  if (!sid) return null;
  return (
    <button
      type="button"
      class="take"
      aria-keyshortcuts={`Alt+Shift+${TAKE_KEY}`}
      title={`Alt+Shift+${TAKE_KEY}`}
      disabled={moving.value === sid}
      onClick={() => void takeOver(api)}
    >
      {moving.value === sid ? "Your phone is about to ring …" : "Take over"}
    </button>
  );
}

export function BackToAgent({ api }: { api: Api }) {
  return (
    <button
      type="button"
      aria-keyshortcuts={`Alt+Shift+${BACK_KEY}`}
      title={`Alt+Shift+${BACK_KEY}`}
      onClick={() => void giveBack(api)}
    >
      Back to the agent
    </button>
  );
}

export async function takeOver(api: Api): Promise<void> {
  const sid = mayTake();
  if (!sid || moving.value === sid) return;
  moving.value = sid;
  if (!(await hold(api, sid, "me"))) moving.value = null;
}

export async function giveBack(api: Api): Promise<void> {
  const sid = mine.value?.call_sid;
  if (sid) await hold(api, sid, "agent");
}

/** The call that is shown, if the agent has it and I have none. */
function mayTake(): string | null {
  const shown = call.value;
  if (!shown || shown.ended_at || transfers.value.has(shown.sid) || mine.value) return null;
  const other = myself.value?.call_sid;
  return other && other !== shown.sid ? null : shown.sid;
}

async function hold(api: Api, sid: string, by: "me" | "agent"): Promise<boolean> {
  try {
    await api.put(`calls/${sid}/holder`, { by });
    return true;
  } catch (error) {
    trouble.value = (error as Error).message;
    return false;
  }
}
