// Graphviz' layout, without Graphviz installed: a drawing in its language in, SVG out.
import { readFileSync, writeSync } from "node:fs";
import { Graphviz } from "@hpcc-js/wasm-graphviz";

const graphviz = await Graphviz.load();
writeSync(1, graphviz.dot(readFileSync(0, "utf8")));
