// What the agent asks for, filling itself; what a person writes there counts before it.

import { useState } from "preact/hooks";
import type { Api } from "./api";
import { correct } from "./review";
import { agents, call, lines, review, transfers, underWay } from "./state";
import type { Line, Slot, Task, UnderWay } from "./told";
import { titled } from "./words";

export function Form({ api }: { api: Api }) {
  const tasks = agents.value[call.value?.agent ?? ""]?.tasks ?? [];
  const withPeople = transfers.value.has(call.value?.sid ?? "");
  const known = tasks.map((task) => ({ task, values: valuesOf(task, lines.value, underWay.value, withPeople) }));
  const begun = known.filter(
    ({ task, values }) => Object.keys(values).length > 0 || underWay.value?.task === task.name || corrected(task),
  );
  return (
    <section class="card form" aria-labelledby="form-title">
      <h2 id="form-title">What is known</h2>
      {begun.length === 0 ? <p class="soft">Nothing has been collected yet.</p> : null}
      {begun.map(({ task, values }) => (
        <fieldset key={task.name}>
          <legend>{titled(task.name)}</legend>
          {task.slots.map((slot) => (
            <Field key={slot.name} api={api} task={task} slot={slot} collected={values[slot.name] ?? ""} />
          ))}
        </fieldset>
      ))}
    </section>
  );
}

function Field({ api, task, slot, collected }: { api: Api; task: Task; slot: Slot; collected: string }) {
  const key = `${task.name}.${slot.name}`;
  const own = review.value?.slots[key];
  const id = `slot-${key}`;
  const waiting = underWay.value?.task === task.name && underWay.value.waiting_for === slot.name;
  const [draft, setDraft] = useState<string | null>(null);
  const keep = (value: string) => void correct(api, { slots: { [key]: value.trim() === collected ? null : value.trim() } });
  return (
    <p class={waiting ? "field waiting" : "field"}>
      <label for={id}>{titled(slot.name)}</label>
      <input
        id={id}
        list={slot.choices.length ? `${id}-choices` : undefined}
        value={draft ?? own ?? collected}
        maxLength={500}
        autocomplete="off"
        aria-describedby={own === undefined ? undefined : `${id}-own`}
        onInput={(event) => setDraft(event.currentTarget.value)}
        onChange={(event) => {
          keep(event.currentTarget.value);
          setDraft(null);
        }}
      />
      {slot.choices.length ? (
        <datalist id={`${id}-choices`}>
          {slot.choices.map((choice) => (
            <option key={choice} value={choice} />
          ))}
        </datalist>
      ) : null}
      {own === undefined ? (
        waiting ? <small>being asked</small> : null
      ) : (
        <small id={`${id}-own`}>
          by {review.value?.name}
          {collected ? `; the agent has ${collected}` : ""}{" "}
          <button type="button" class="plain" onClick={() => keep(collected)}>
            Take back
          </button>
        </small>
      )}
    </p>
  );
}

const corrected = (task: Task): boolean =>
  Object.keys(review.value?.slots ?? {}).some((key) => key.startsWith(`${task.name}.`));

/** The task's values: those it was done with, and over them what the agent and what people heard of it since. */
export function valuesOf(task: Task, all: readonly Line[], now: UnderWay | null, withPeople: boolean): Record<string, string> {
  const done = all.filter(({ kind, data }) => kind === "tool" && data.name === task.run).map(({ data }) => data.arguments);
  const heard = all.filter(({ kind, data }) => kind === "noted" && data.task === task.name).map(({ data }) => data.slots);
  const asked = now?.task === task.name ? [now.values] : [];
  return Object.assign({}, ...done, ...(withPeople ? [...asked, ...heard] : [...heard, ...asked])) as Record<string, string>;
}
