// What the call came to: the record's own summary, for a person to confirm or to put right.

import { useState } from "preact/hooks";
import type { Api } from "./api";
import { correct } from "./review";
import { call, report, review } from "./state";
import { momentOf, spaced } from "./words";

export function Summary({ api }: { api: Api }) {
  const [draft, setDraft] = useState<string | null>(null);
  const kept = review.value?.summary ?? null;
  const text = draft ?? kept ?? call.value?.summary ?? "";
  const confirm = async () => {
    if (text.trim() && (await correct(api, { summary: text.trim() }))) setDraft(null);
  };
  return (
    <section class="card" aria-labelledby="summary-title">
      <h2 id="summary-title">What it came to</h2>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void confirm();
        }}
      >
        <label for="summary" class="unseen">
          Summary
        </label>
        <textarea
          id="summary"
          rows={5}
          maxLength={2000}
          value={text}
          placeholder="The summary is made half a minute after the call."
          onInput={(event) => setDraft(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void confirm();
          }}
        />
        <p class="actions">
          <button type="submit" aria-keyshortcuts="Control+Enter" disabled={!text.trim() || (kept !== null && text.trim() === kept)}>
            Confirm
          </button>
          <span class="soft" role="status">
            {kept === null ? "Not confirmed yet" : `Confirmed by ${review.value?.name}, ${momentOf(review.value?.at ?? "")}`}
          </span>
        </p>
      </form>
      <Facts />
    </section>
  );
}

function Facts() {
  const told = report.value;
  if (!told) return null;
  const facts: [string, string][] = [
    ["Wanted", told.intents.map(spaced).join(", ") || "nothing in particular"],
    ["Mood", told.sentiment],
    ["Said", `${told.turns} times, ${told.interruptions} of the agent's sentences interrupted`],
    ["Not understood", String(told.not_understood)],
  ];
  return (
    <dl>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
