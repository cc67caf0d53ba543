// What is left to do: tasks and callbacks, shared by all; who takes one has it.

import type { Api } from "./api";
import { now } from "./clock";
import { callAt } from "./place";
import { me, people, toDo, told, trouble } from "./state";
import type { FollowUp } from "./told";
import { momentOf, numberOf } from "./words";

/** Stands for a person's id where the agent does it itself (shared/adapters/dynamodb_desk/follow_ups.py). */
const AGENT = "agent";

export function ToDo({ api }: { api: Api }) {
  const callbacks = toDo.value.filter(({ kind }) => kind === "callback");
  const tasks = toDo.value.filter(({ kind }) => kind === "task");
  return (
    <>
      <Queue api={api} name="Callbacks" none="Nobody is waiting to be rung back." items={callbacks} />
      <Queue api={api} name="Tasks" none="Nothing is left to do." items={tasks} />
    </>
  );
}

function Queue({ api, name, none, items }: { api: Api; name: string; none: string; items: FollowUp[] }) {
  const id = `${name.toLowerCase()}-title`;
  return (
    <section class="card" aria-labelledby={id}>
      <h2 id={id}>
        {name} <span class="count">{items.length}</span>
      </h2>
      {items.length === 0 ? <p class="soft">{none}</p> : null}
      <ul class="queue">
        {items.map((item) => (
          <Item key={item.id} api={api} item={item} />
        ))}
      </ul>
    </section>
  );
}

function Item({ api, item: { about, ...rest } }: { api: Api; item: FollowUp }) {
  const item = { ...rest, about: about || "A call back" };
  const mine = item.taken_by === me.value;
  const free = item.taken_by === null;
  const due = Date.parse(item.at) <= now.value;
  return (
    <li>
      <p>
        <b>{item.about}</b>
        <span class={due ? "due" : "soft"}>
          {due ? "due " : ""}
          {momentOf(item.at)}
        </span>
      </p>
      <p class="actions">
        {item.number ? <a href={`tel:${item.number}`}>{numberOf(item.number)}</a> : null}
        <a href={callAt(item.call_sid)} aria-label={`The call: ${item.about}`}>
          The call
        </a>
        {free ? <Do api={api} item={item} what="take" label="Take" /> : null}
        {mine ? <Do api={api} item={item} what="give-up" label="Leave to others" /> : null}
        {free || mine ? <Do api={api} item={item} what="done" label="Done" /> : null}
        {free || mine ? null : <span class="soft">{holderOf(item)}</span>}
      </p>
    </li>
  );
}

function holderOf({ taken_by }: FollowUp) {
  return taken_by === AGENT ? "The agent calls back" : `${people.value.get(taken_by ?? "")?.name ?? "Somebody"} has it`;
}

function Do({ api, item, what, label }: { api: Api; item: FollowUp; what: "take" | "give-up" | "done"; label: string }) {
  const act = async () => {
    try {
      await api.put(`follow-ups/${item.id}`, { do: what });
      const taken_by = what === "give-up" ? null : me.value;
      told({ kind: "follow-up", follow_up: { ...item, taken_by, done_by: what === "done" ? me.value : null } });
    } catch (error) {
      trouble.value = (error as Error).message;
    }
  };
  return (
    <button type="button" aria-label={`${label}: ${item.about}`} onClick={() => void act()}>
      {label}
    </button>
  );
}
