// The page: asks for everything that is on it, again and again, and draws it.

import { showAlarm } from "./alarm.js";
import { Graph } from "./graph.js";
import { clock, span } from "./words.js";

const LOOK_EVERY_MS = 2000;

const byId = (id) => document.getElementById(id);
const graphs = new Map();
const alarms = new Map();
let period = "";

async function look() {
  const answer = await fetch(`board.json?period=${period}`);
  if (!answer.ok) throw new Error(`board.json: ${answer.status}`);
  const board = await answer.json();
  showWhen(board);
  showPeriods(board);
  for (const alarm of board.alarms) {
    if (!alarms.has(alarm.name)) alarms.set(alarm.name, byId("alarms").appendChild(document.createElement("li")));
    showAlarm(alarms.get(alarm.name), alarm);
  }
  sayWhatRings(board.alarms);
  for (const graph of board.graphs) {
    if (!graphs.has(graph.title)) {
      const drawn = new Graph(graph);
      graphs.set(graph.title, drawn);
      byId("graphs").append(drawn.element);
    }
    graphs.get(graph.title).show(graph, board);
  }
}

function showWhen(board) {
  const times = `${clock(board.begin_ms)} to ${clock(board.end_ms)}`;
  const state = board.empty ? "No figures in these logs yet" : board.live ? `Live, ${times}` : `Over: ${times}`;
  if (byId("when").textContent !== state) byId("when").textContent = state;
  document.body.classList.toggle("live", board.live && !board.empty);
}

// For those who listen to the page: once for each change, not with every look.
function sayWhatRings(all) {
  const names = all.filter(({ state }) => state === "alarm").map(({ name }) => name);
  const said = names.length ? `In alarm: ${names.join(", ")}` : "No alarm rings";
  if (byId("rings").textContent !== said) byId("rings").textContent = said;
}

function showPeriods(board) {
  const select = byId("period");
  if (!select.options.length) {
    for (const seconds of board.periods_s) select.add(new Option(span(seconds), seconds));
  }
  if (!period) select.value = board.period_s;
}

byId("period").addEventListener("change", (event) => {
  period = event.target.value;
  again();
});

async function again() {
  try {
    if (!document.hidden) await look();
    byId("problem").hidden = true;
  } catch {
    byId("problem").textContent = "The dashboard cannot be reached any more. What it showed last is still here.";
    byId("problem").hidden = false;
  }
}

async function forever() {
  for (;;) {
    await again();
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

forever();
