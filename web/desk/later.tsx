// Something to do about this call, later.

import { useState } from "preact/hooks";
import type { Api } from "./api";
import { call, trouble } from "./state";

const HOUR_MS = 3_600_000;

export function Later({ api }: { api: Api }) {
  const [open, setOpen] = useState(false);
  const add = async (form: HTMLFormElement) => {
    const given = new FormData(form);
    const kind = given.get("kind");
    try {
      await api.post("follow-ups", {
        kind,
        call_sid: call.value?.sid,
        about: given.get("about"),
        at: new Date(String(given.get("at"))).toISOString(),
        number: kind === "callback" ? callable(call.value?.caller ?? "") : "",
      });
      setOpen(false);
    } catch (error) {
      trouble.value = (error as Error).message;
    }
  };
  if (!open) {
    return (
      <p>
        <button type="button" onClick={() => setOpen(true)}>
          Add a task or callback
        </button>
      </p>
    );
  }
  return (
    <section class="card" aria-labelledby="later-title">
      <h2 id="later-title">To do about this call</h2>
      <form
        class="later"
        onSubmit={(event) => {
          event.preventDefault();
          void add(event.currentTarget);
        }}
      >
        <label>
          Kind
          <select name="kind">
            <option value="task">Task</option>
            <option value="callback">Ring the caller back</option>
          </select>
        </label>
        <label>
          What
          <input name="about" required maxLength={2000} autocomplete="off" />
        </label>
        <label>
          When
          <input name="at" type="datetime-local" required defaultValue={inAnHour()} />
        </label>
        <p class="actions">
          <button type="submit">Add</button>
          <button type="button" class="plain" onClick={() => setOpen(false)}>
            Cancel
          </button>
        </p>
      </form>
    </section>
  );
}

/** A number that can be rung; callers may hide theirs. */
const callable = (number: string): string => (/^\+[1-9]\d{6,14}$/.test(number) ? number : "");

function inAnHour(): string {
  const then = new Date(Date.now() + HOUR_MS);
  return new Date(then.getTime() - then.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
