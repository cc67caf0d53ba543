// The caller who is about to reach me: what there is to know before I pick up, and while we talk.

import { effect } from "@preact/signals";
import type { Api } from "./api";
import { BackToAgent } from "./holder";
import { callAt } from "./place";
import { be } from "./presence";
import { live, mine, myself } from "./state";
import type { Context, Transfer } from "./told";
import { numberOf, spaced, titled } from "./words";

const TITLE = "Desk";

export function Arriving({ api }: { api: Api }) {
  const transfer = mine.value;
  const number = numberOf(transfer?.context.caller ?? live.value.get(transfer?.call_sid ?? "")?.caller ?? "");
  const head = transfer ? headOf(transfer) : "";
  return (
    <>
      <p class="unseen" role="alert">
        {transfer ? `${head}: ${number}, ${transfer.context.about ?? ""}` : ""}
      </p>
      {transfer ? (
        <section class={`card arriving ${transfer.phase}`} aria-labelledby="arriving-title">
          <h2 id="arriving-title">{head}</h2>
          <p class="about">
            <b>{number}</b> {transfer.context.about}
          </p>
          <Known context={transfer.context} reason={transfer.reason} />
          <p class="actions">
            <a href={callAt(transfer.call_sid)}>Open the call</a>
            <BackToAgent api={api} />
          </p>
        </section>
      ) : null}
    </>
  );
}

function Known({ context, reason }: { context: Context; reason: string }) {
  const facts: [string, string][] = [
    ["Why you", spaced(reason)],
    ["Who", context.identity ?? ""],
    ["Mood", context.sentiment ?? ""],
    ["Tried", (context.tried ?? []).join("; ").replaceAll("_", " ")],
    ...(context.slots ?? []).map(({ name, value }): [string, string] => [titled(name), value]),
  ];
  return (
    <>
      <p>{context.summary}</p>
      <dl>
        {facts
          .filter(([, value]) => value)
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
      {context.last_turns?.length ? (
        <ol class="last" aria-label="What was said last">
          {context.last_turns.map(({ who, text }, place) => (
            <li key={place}>
              <b>{titled(who)}</b> {text}
            </li>
          ))}
        </ol>
      ) : null}
    </>
  );
}

function headOf({ phase }: Transfer): string {
  if (phase === "together") return "You are talking";
  return phase === "briefing" ? "Listen, then accept" : "A call for you";
}

/** Put it into the window's title; and who has talked with a caller is busy with what is left until they say otherwise. */
export function afterEachCall(api: Api): void {
  let talked = false;
  effect(() => {
    const phase = mine.value?.phase;
    document.title = phase ? `● ${headOf(mine.value as Transfer)}` : TITLE;
    if (phase === "together") talked = true;
    else if (talked && !phase) {
      talked = false;
      if (myself.peek()?.presence === "free") void be(api, "after-call");
    }
  });
}
