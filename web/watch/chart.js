// Lines over time, in SVG. Each line has its own colour, its own dashes and its own mark.

import { amount, clock } from "./words.js";

const WIDTH = 400;
const HEIGHT = 180;
const LEFT = 46;
const RIGHT = 10;
const TOP = 10;
const BOTTOM = 22;
const MARK = 3.2;
const MANY = 40; // points in a line: from here on, only those that stand alone are marked

export function draw(graph, begin, end, periodS) {
  const points = graph.lines.flatMap((line) => line.points);
  const svg = make("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img" });
  svg.setAttribute("aria-label", inWords(graph));
  const top = ceiling(Math.max(1, ...points.map(([, value]) => value), thresholdOf(graph, points)));
  const last = Math.max(end, begin + 1000 * periodS);
  const x = (at) => LEFT + ((at - begin) / (last - begin)) * (WIDTH - LEFT - RIGHT);
  const y = (value) => HEIGHT - BOTTOM - (value / top) * (HEIGHT - TOP - BOTTOM);
  svg.append(...grid(top, y, graph.unit), ...times(begin, last, x));
  if (graph.threshold !== null && graph.threshold <= top) svg.append(threshold(y(graph.threshold)));
  for (const [number, line] of graph.lines.entries()) svg.append(drawLine(line, number, x, y, 1000 * periodS, graph.unit));
  if (!points.length) svg.append(word(WIDTH / 2, HEIGHT / 2, "nothing happened", "middle", "nothing"));
  return svg;
}

export function swatch(number) {
  const svg = make("svg", { viewBox: "0 0 22 10", class: `swatch line-${number}`, "aria-hidden": "true" });
  svg.append(make("path", { d: "M0 5H22", class: "stroke" }), mark(number, 11, 5));
  return svg;
}

function inWords(graph) {
  const each = graph.lines.map((line) => `${line.label} ${line.whole === null ? "none" : amount(line.whole, graph.unit)}`);
  return `${graph.title}, over all: ${each.join(", ")}`;
}

// The threshold is drawn where the figures come near it; far above them it would flatten them.
function thresholdOf(graph, points) {
  const most = Math.max(0, ...points.map(([, value]) => value));
  return graph.threshold !== null && most > graph.threshold / 3 ? graph.threshold : 0;
}

function ceiling(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 4, 5, 8, 10].map((step) => step * power).find((step) => step >= value);
}

function grid(top, y, unit) {
  const leading = top / 10 ** Math.floor(Math.log10(top));
  const steps = top <= 5 ? top : leading === 1 || leading === 5 ? 5 : 4;
  return Array.from({ length: steps + 1 }, (_, number) => (top * number) / steps).flatMap((value) => [
    make("path", { d: `M${LEFT} ${y(value)}H${WIDTH - RIGHT}`, class: value ? "rule" : "rule ground" }),
    word(LEFT - 6, y(value) + 3.5, value === top ? amount(value, unit) : amount(value), "end"),
  ]);
}

function times(begin, end, x) {
  return [
    [begin, "start"],
    [(begin + end) / 2, "middle"],
    [end, "end"],
  ].map(([at, anchor]) => word(x(at), HEIGHT - 6, clock(at), anchor));
}

function threshold(at) {
  return make("path", { d: `M${LEFT} ${at}H${WIDTH - RIGHT}`, class: "threshold" });
}

// A period without a value is a gap: nothing is drawn across it.
function drawLine({ label, points }, number, x, y, periodMs, unit) {
  const group = make("g", { class: `line-${number}` });
  const follows = (i) => i > 0 && i < points.length && points[i][0] - points[i - 1][0] === periodMs;
  const path = points.map(([at, value], i) => `${follows(i) ? "L" : "M"}${x(at)} ${y(value)}`).join("");
  group.append(make("path", { d: path, class: "stroke" }));
  for (const [i, [at, value]] of points.entries()) {
    const alone = !follows(i) && !follows(i + 1);
    const dot = mark(number, x(at), y(value));
    if (points.length >= MANY && !alone) dot.classList.add("faint");
    const title = make("title", {});
    title.textContent = `${label}, ${clock(at)}: ${amount(value, unit)}`;
    dot.append(title);
    group.append(dot);
  }
  return group;
}

const SHAPES = [
  (x, y) => make("circle", { cx: x, cy: y, r: MARK }),
  (x, y) => make("rect", { x: x - MARK, y: y - MARK, width: 2 * MARK, height: 2 * MARK }),
  (x, y) => make("path", { d: `M${x} ${y - 1.3 * MARK}L${x + 1.3 * MARK} ${y + MARK}H${x - 1.3 * MARK}Z` }),
  (x, y) => make("path", { d: `M${x} ${y - 1.4 * MARK}L${x + 1.4 * MARK} ${y}L${x} ${y + 1.4 * MARK}L${x - 1.4 * MARK} ${y}Z` }),
  (x, y) => make("path", { d: `M${x} ${y + 1.3 * MARK}L${x + 1.3 * MARK} ${y - MARK}H${x - 1.3 * MARK}Z` }),
  (x, y) => make("rect", { x: x - MARK / 2, y: y - 1.4 * MARK, width: MARK, height: 2.8 * MARK }),
  (x, y) => make("rect", { x: x - 1.4 * MARK, y: y - MARK / 2, width: 2.8 * MARK, height: MARK }),
];

function mark(number, x, y) {
  const shape = SHAPES[number % SHAPES.length](x, y);
  shape.classList.add("mark");
  return shape;
}

function word(x, y, content, anchor, name = "word") {
  const element = make("text", { x, y, "text-anchor": anchor, class: name });
  element.textContent = content;
  return element;
}

function make(tag, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}
