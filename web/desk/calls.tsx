// Calls that go on now, and who is at a desk.

import { now } from "./clock";
import { callAt, place } from "./place";
import { calls, me, people, transfers } from "./state";
import type { Call, Person, Transfer } from "./told";
import { lengthOf, numberOf, spaced } from "./words";

const SAID = { free: "free", away: "away", "after-call": "after a call" } as const;

export function LiveCalls() {
  const list = calls.value;
  return (
    <section class="card" aria-labelledby="live-title">
      <h2 id="live-title">
        Live calls <span class="count">{list.length}</span>
      </h2>
      {list.length === 0 ? <p class="soft">Nobody is calling just now.</p> : null}
      <ul class="rows">
        {list.map((call) => (
          <LiveCall key={call.sid} call={call} />
        ))}
      </ul>
    </section>
  );
}

function LiveCall({ call }: { call: Call }) {
  const here = place.value;
  const open = here.name === "call" && here.sid === call.sid;
  const transfer = transfers.value.get(call.sid);
  return (
    <li>
      <a class="row" href={callAt(call.sid)} aria-current={open ? "true" : undefined}>
        <b>{numberOf(call.caller)}</b>
        <span class="figures soft">{lengthOf(now.value - Date.parse(call.at))}</span>
        <span class="soft">{transfer ? whereTo(transfer) : spaced(call.agent)}</span>
        <span class="soft">{spaced(call.status)}</span>
      </a>
    </li>
  );
}

export function People() {
  const list = [...people.value.values()].sort(
    (one, other) => Number(other.there) - Number(one.there) || one.name.localeCompare(other.name),
  );
  return (
    <section class="card" aria-labelledby="people-title">
      <h2 id="people-title">People</h2>
      <ul class="people">
        {list.map((person) => (
          <li key={person.id} class={person.there ? person.presence : "gone"}>
            <b>
              {person.name}
              {person.id === me.value ? " (you)" : ""}
            </b>
            <span class="soft">{person.teams.map(spaced).join(", ")}</span>
            <span class="state">{stateOf(person)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** `ringing Kim Lee`, `with Kim Lee`. */
export function whereTo({ phase, person, to }: Transfer): string {
  const who = people.value.get(person)?.name ?? to;
  return phase === "together" ? `with ${who}` : `ringing ${who}`;
}

function stateOf(person: Person): string {
  const transfer = person.call_sid ? transfers.value.get(person.call_sid) : undefined;
  if (transfer && transfer.phase !== "together") return "being rung";
  if (person.call_sid) return "in a call";
  return person.there ? SAID[person.presence] : "not here";
}
