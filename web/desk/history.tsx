// Calls that are over, the newest first, and those that hold some words.

import { useEffect, useRef, useState } from "preact/hooks";
import type { Api } from "./api";
import { callAt } from "./place";
import { trouble } from "./state";
import type { Call, History as Told } from "./told";
import { momentOf, numberOf, spaced } from "./words";

export function History({ api }: { api: Api }) {
  const [words, setWords] = useState("");
  const [calls, setCalls] = useState<Call[] | null>(null);
  const [more, setMore] = useState(false);
  const asked = useRef(0);
  const look = async (text: string, before: Call[]) => {
    const mine = ++asked.current;
    const query = new URLSearchParams({ q: text, before: before.at(-1)?.at ?? "" });
    try {
      const found = await api.get<Told>(`history?${query}`);
      if (mine !== asked.current) return; // something else was asked meanwhile
      setCalls([...before, ...found.calls]);
      setMore(found.more);
    } catch (error) {
      trouble.value = (error as Error).message;
    }
  };
  useEffect(() => void look("", []), []);
  return (
    <section class="card" aria-labelledby="history-title">
      <h2 id="history-title">History</h2>
      <form
        role="search"
        class="search"
        onSubmit={(event) => {
          event.preventDefault();
          void look(words, []);
        }}
      >
        <label for="words" class="unseen">
          Words, or part of a number
        </label>
        <input
          id="words"
          type="search"
          value={words}
          placeholder="Words, or part of a number"
          onInput={(event) => setWords(event.currentTarget.value)}
        />
        <button type="submit">Search</button>
      </form>
      <p role="status" class="soft">
        {calls === null ? "Looking …" : calls.length === 0 ? "No call like that." : ""}
      </p>
      <ul class="rows">
        {calls?.map((call) => (
          <li key={call.sid}>
            <a class="row" href={callAt(call.sid)}>
              <b>{numberOf(call.caller)}</b>
              <span class="soft">{momentOf(call.at)}</span>
              <span class="soft whole">{call.summary ?? spaced(call.outcome)}</span>
            </a>
          </li>
        ))}
      </ul>
      {more ? (
        <p>
          <button type="button" onClick={() => void look(words, calls ?? [])}>
            Older calls
          </button>
        </p>
      ) : null}
    </section>
  );
}
