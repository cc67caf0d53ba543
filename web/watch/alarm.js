// One alarm: its state, what it means, and what to do first.

import { amount, clock } from "./words.js";

const SHOWN = { ok: "OK", alarm: "In alarm", "not measured here": "AWS only" };

export function showAlarm(item, alarm) {
  const known = JSON.stringify(alarm);
  if (item.dataset.known === known) return;
  item.dataset.known = known;
  const open = item.querySelector("details")?.open ?? false;
  item.className = `alarm is-${alarm.state.replaceAll(" ", "-")}`;
  item.replaceChildren(details(alarm, open));
}

function details(alarm, open) {
  const element = document.createElement("details");
  element.open = open;
  const summary = document.createElement("summary");
  const before = alarm.state === "ok" && alarm.rang.length ? ", rang before" : "";
  summary.append(text("b", alarm.name), " ", text("span", SHOWN[alarm.state] + before, "state"));
  element.append(summary, text("p", alarm.happened), text("p", alarm.first, "first"), text("p", rule(alarm), "when"));
  return element;
}

function rule(alarm) {
  const rang = alarm.rang.map(([since, until]) => `${clock(since)} ${until ? `to ${clock(until)}` : "until now"}`);
  const measured = alarm.measured_by ? `; measured by ${alarm.measured_by}, so not here` : `; now ${amount(alarm.value)}`;
  return `Rings at: ${alarm.rule}${measured}.${rang.length ? ` Rang ${rang.join(", ")}.` : ""}`;
}

function text(tag, content, name = "") {
  const element = document.createElement(tag);
  element.textContent = content;
  if (name) element.className = name;
  return element;
}
