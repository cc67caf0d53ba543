// What was said, by whom, as the call's record has it; and between the lines, what was done.

import { useEffect, useRef } from "preact/hooks";
import { lines } from "./state";
import type { Line } from "./told";
import { spaced, timeOf, titled } from "./words";

type Data = Line["data"];

const NOTES: Record<string, (data: Data) => string> = {
  intent: ({ intent }) => `wants: ${spaced(intent)}`,
  tool: ({ name, result }) => `${spaced(name)}: ${problemOf(result) ?? "done"}`,
  keypad: ({ digits }) => `${String(digits)} ${digits === 1 ? "key" : "keys"} pressed`,
  problem: ({ reason }) => `not possible: ${spaced(reason)}`,
  not_understood: () => "not understood",
  asked_again: ({ slot }) => `asked again: ${spaced(slot)}`,
  outcome: ({ outcome }) => `the agent's part ended: ${spaced(outcome)}`,
  "message-recorded": () => "the caller left a message",
  transfer: ({ to, back }) => (back ? `back with the agent: ${spaced(back)}` : `with ${String(to)}`),
};

interface Said {
  key: string;
  who: "caller" | "agent" | "person" | "note";
  at: string;
  text: string;
  turn: unknown;
  interrupted: boolean;
}

export function Transcript() {
  const said = spoken(lines.value);
  const end = useRef<HTMLSpanElement>(null);
  useEffect(() => end.current?.scrollIntoView({ block: "nearest" }), [said.length, said.at(-1)?.text]);
  return (
    <div class="transcript" role="log" aria-label="What is said" tabIndex={0}>
     <ol>
      {said.map((one) => (
        <li key={one.key} class={one.who}>
          {one.who === "note" ? null : (
            <span class="who">
              {titled(one.who)} <time dateTime={one.at}>{timeOf(one.at)}</time>
            </span>
          )}
          <p>
            {one.text}
            {one.interrupted ? <span class="soft"> (interrupted)</span> : null}
          </p>
        </li>
      ))}
     </ol>
      <span ref={end} />
    </div>
  );
}

/** Segments of one turn are one paragraph, unless something came between. */
export function spoken(all: readonly Line[]): Said[] {
  const said: Said[] = [];
  for (const { key, kind, at, data } of all) {
    const last = said.at(-1);
    if (kind === "agent" && last?.who === "agent" && last.turn === data.turn) {
      last.text = `${last.text} ${String(data.text ?? "")}`.trim();
      last.interrupted ||= data.interrupted === true;
    } else if (kind === "agent" || kind === "caller" || kind === "person") {
      said.push({ key, who: kind, at, text: String(data.text ?? ""), turn: data.turn, interrupted: data.interrupted === true });
    } else if (NOTES[kind]) {
      said.push({ key, who: "note", at, text: NOTES[kind](data), turn: null, interrupted: false });
    }
  }
  return said;
}

function problemOf(result: unknown): string | null {
  const problem = (result as { problem?: unknown } | null)?.problem;
  return problem ? spaced(problem) : null;
}
