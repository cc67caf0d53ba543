// One call, whole.

import { now } from "./clock";
import { Form } from "./form";
import { agents, call } from "./state";
import { Transcript } from "./transcript";
import { lengthOf, momentOf, numberOf, spaced } from "./words";

export function OneCall() {
  const shown = call.value;
  if (!shown) return <p role="status">Reading the call …</p>;
  const business = agents.value[shown.agent]?.business ?? spaced(shown.agent);
  const end = shown.ended_at ? Date.parse(shown.ended_at) : now.value;
  return (
    <>
      <section class="card call" aria-labelledby="call-title">
        <header>
          <h2 id="call-title" tabIndex={-1}>
            {numberOf(shown.caller)}
          </h2>
          <p class="soft">
            {business} · {momentOf(shown.at)} · <span class="figures">{lengthOf(end - Date.parse(shown.at))}</span> ·{" "}
            {shown.ended_at ? spaced(shown.outcome ?? "ended") : spaced(shown.status)}
          </p>
        </header>
        <Transcript />
      </section>
      <Form />
    </>
  );
}
