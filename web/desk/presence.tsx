// What I say of myself: free, away, or busy with the last call.

import type { Api } from "./api";
import { me, myself, told, trouble } from "./state";
import type { Presence } from "./told";

export const CHOICES: { value: Presence; label: string; key: string }[] = [
  { value: "free", label: "Free", key: "F" },
  { value: "after-call", label: "After call", key: "C" },
  { value: "away", label: "Away", key: "A" },
];

export function PresenceChoice({ api }: { api: Api }) {
  const mine = myself.value?.presence;
  return (
    <fieldset class="presence">
      <legend class="unseen">Your presence</legend>
      {CHOICES.map(({ value, label, key }) => (
        <label key={value} class={value} title={`Alt+Shift+${key}`}>
          <input
            type="radio"
            name="presence"
            value={value}
            checked={value === mine}
            aria-keyshortcuts={`Alt+Shift+${key}`}
            onChange={() => void be(api, value)}
          />
          <span>{label}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** Say it at once here, then to everybody; take it back if that fails. */
export async function be(api: Api, presence: Presence): Promise<void> {
  const before = myself.value;
  if (!before || before.presence === presence) return;
  told({ kind: "person", person: { ...before, presence } });
  try {
    await api.put("presence", { presence });
  } catch (error) {
    if (before.id === me.value) told({ kind: "person", person: before });
    trouble.value = String((error as Error).message);
  }
}
