// One call, whole: who, what is said, what is known, and what it came to.

import type { Api } from "./api";
import { now } from "./clock";
import { Form } from "./form";
import { TakeOver } from "./holder";
import { Later } from "./later";
import { Recordings } from "./recordings";
import { agents, call } from "./state";
import { Suggestions } from "./suggestions";
import { Summary } from "./summary";
import { Transcript } from "./transcript";
import { lengthOf, momentOf, numberOf, spaced } from "./words";

export function OneCall({ api }: { api: Api }) {
  const shown = call.value;
  if (!shown) return <p role="status">Reading the call …</p>;
  const business = agents.value[shown.agent]?.business ?? spaced(shown.agent);
  const end = shown.ended_at ? Date.parse(shown.ended_at) : now.value;
  return (
    <>
      <section class="card call" aria-labelledby="call-title">
        <h2 id="call-title">{numberOf(shown.caller)}</h2>
        <p class="soft">
          {business} · {momentOf(shown.at)} · <span class="figures">{lengthOf(end - Date.parse(shown.at))}</span> ·{" "}
          {shown.ended_at ? spaced(shown.outcome ?? "ended") : spaced(shown.status)}
        </p>
        <p class="actions">
          <TakeOver api={api} />
        </p>
        <Transcript />
      </section>
      <div class="beside">
        {shown.ended_at ? null : <Suggestions />}
        {shown.ended_at ? <Summary key={shown.sid} api={api} /> : null}
        <Form api={api} />
        {shown.ended_at ? <Recordings key={shown.sid} api={api} sid={shown.sid} /> : null}
        <Later key={shown.sid} api={api} />
      </div>
    </>
  );
}
