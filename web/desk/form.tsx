// What the agent asks for, filling itself.

import { agents, call, lines, underWay } from "./state";
import type { Line, Task, UnderWay } from "./told";
import { titled } from "./words";

export function Form() {
  const tasks = agents.value[call.value?.agent ?? ""]?.tasks ?? [];
  const known = tasks.map((task) => ({ task, values: valuesOf(task, lines.value, underWay.value) }));
  const begun = known.filter(({ task, values }) => Object.keys(values).length > 0 || underWay.value?.task === task.name);
  return (
    <section class="card form" aria-labelledby="form-title">
      <h2 id="form-title">What is known</h2>
      {begun.length === 0 ? <p class="soft">Nothing has been collected yet.</p> : null}
      {begun.map(({ task, values }) => (
        <div key={task.name}>
          <h3>{titled(task.name)}</h3>
          <dl>
            {task.slots.map((slot) => (
              <div key={slot.name} class={underWay.value?.waiting_for === slot.name ? "waiting" : ""}>
                <dt>{titled(slot.name)}</dt>
                <dd>{values[slot.name] ?? "–"}</dd>
              </div>
            ))}
          </dl>
        </div>
      ))}
    </section>
  );
}

/** The task's values: those it was done with, and over them those of the task under way. */
export function valuesOf(task: Task, all: readonly Line[], now: UnderWay | null): Record<string, string> {
  const done = all.filter(({ kind, data }) => kind === "tool" && data.name === task.run).map(({ data }) => data.arguments);
  return Object.assign({}, ...done, now?.task === task.name ? now.values : {}) as Record<string, string>;
}
