// What I could say next, and what the agent knows about it: made while I talk with the caller.

import { signal } from "@preact/signals";
import { lines } from "./state";
import type { Line, Suggestion } from "./told";

export const COPY_KEY = "S";
const SHOWN = 3;
const copied = signal("");

export function Suggestions() {
  const newest = suggested(lines.value);
  if (newest.length === 0) return null;
  return (
    <section class="card suggestions" aria-labelledby="suggestions-title">
      <h2 id="suggestions-title">Suggested</h2>
      <ul aria-live="polite">
        {newest.map(({ key, said }, place) => (
          <li key={key}>
            <p class="soft">“{said.to}”</p>
            {said.reply ? (
              <p class="reply">
                {said.reply}{" "}
                <button
                  type="button"
                  class="plain"
                  aria-keyshortcuts={place === 0 ? `Alt+Shift+${COPY_KEY}` : undefined}
                  title={place === 0 ? `Alt+Shift+${COPY_KEY}` : undefined}
                  onClick={() => void copy(said.reply)}
                >
                  {copied.value === said.reply ? "Copied" : "Copy"}
                </button>
              </p>
            ) : null}
            {said.passage ? (
              <blockquote>
                <b>{said.passage.about}</b> {said.passage.answer}
              </blockquote>
            ) : null}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The newest suggested reply goes where the next paste wants it. */
export async function copyNewest(): Promise<void> {
  const newest = suggested(lines.value).find(({ said }) => said.reply);
  if (newest) await copy(newest.said.reply);
}

async function copy(text: string): Promise<void> {
  await navigator.clipboard.writeText(text);
  copied.value = text;
}

function suggested(all: readonly Line[]): { key: string; said: Suggestion }[] {
  const found = all.filter(({ kind }) => kind === "suggestion").slice(-SHOWN);
  return found.reverse().map(({ key, data }) => ({ key, said: data as unknown as Suggestion }));
}
