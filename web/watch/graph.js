// One graph: its lines, what each comes to, and the same as a table for those who cannot or would not see it.

import { draw, swatch } from "./chart.js";
import { amount, clock } from "./words.js";

export class Graph {
  #known = "";
  #chart = document.createElement("div");
  #legend = document.createElement("ul");
  #table = document.createElement("table");

  constructor({ title }) {
    this.element = document.createElement("section");
    const heading = document.createElement("h2");
    heading.textContent = title;
    this.#legend.className = "legend";
    this.#chart.className = "chart";
    const alternative = document.createElement("details");
    const summary = document.createElement("summary");
    summary.textContent = "As a table";
    alternative.className = "figures";
    alternative.append(summary, this.#table);
    this.#table.setAttribute("aria-label", title);
    this.element.append(heading, this.#chart, this.#legend, alternative);
  }

  show(graph, { begin_ms, end_ms, period_s }) {
    const known = JSON.stringify([graph, begin_ms, end_ms, period_s]);
    if (this.#known === known) return;
    this.#known = known;
    this.#chart.replaceChildren(draw(graph, begin_ms, end_ms, period_s));
    this.#legend.replaceChildren(...graph.lines.map((line, number) => this.#entry(graph, line, number)));
    this.#table.replaceChildren(...rows(graph));
  }

  #entry(graph, line, number) {
    const item = document.createElement("li");
    const value = document.createElement("b");
    value.textContent = line.whole === null ? "–" : amount(line.whole, graph.unit);
    item.append(swatch(number), `${line.label} `, value);
    return item;
  }
}

function rows(graph) {
  const times = [...new Set(graph.lines.flatMap((line) => line.points.map(([at]) => at)))].sort((a, b) => a - b);
  const values = graph.lines.map((line) => new Map(line.points));
  const head = row("th", ["Time", ...graph.lines.map((line) => line.label)]);
  const all = row("td", ["All", ...graph.lines.map((line) => amount(line.whole, graph.unit))]);
  const each = times.map((at) =>
    row("td", [clock(at), ...values.map((of) => (of.has(at) ? amount(of.get(at), graph.unit) : ""))]),
  );
  return [head, all, ...each];
}

function row(tag, cells) {
  const element = document.createElement("tr");
  for (const [number, content] of cells.entries()) {
    const cell = document.createElement(number ? tag : "th");
    cell.scope = tag === "th" ? "col" : number ? "" : "row";
    cell.textContent = content;
    element.append(cell);
  }
  return element;
}
