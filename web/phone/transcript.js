// The conversation as the call's own record has it: what was recognised, what was heard, and how long it took.

import { timingBar } from "./timing.js";

const NOTES = {
  intent: ({ intent }) => `understood: ${spaced(intent)}`,
  tool: ({ name, result }) => `${spaced(name)}: ${result?.problem ? spaced(String(result.problem)) : "done"}`,
  keypad: ({ digits }) => `${digits} ${digits === 1 ? "key" : "keys"} pressed`,
  problem: ({ reason }) => `not possible: ${spaced(reason)}`,
  not_understood: () => "not understood",
  asked_again: ({ slot }) => `asked again: ${spaced(slot)}`,
  false_interruption: () => "a noise, not an interruption",
  fault: ({ what }) => `trouble with ${spaced(what)}`,
  "message-recorded": ({ duration_s }) => `message recorded${duration_s ? `, ${duration_s} s` : ""}`,
};

const spaced = (name) => String(name ?? "").replaceAll(/[_:-]+/g, " ");

export class Transcript {
  #list;
  #empty;
  #pending = null;

  constructor(list, empty) {
    this.#list = list;
    this.#empty = empty;
  }

  clear() {
    this.#list.replaceChildren();
    this.#pending = null;
    this.#empty.hidden = false;
  }

  /** The caller is audible now, or no longer: a bubble waits for the words. */
  listening(now) {
    if (now && !this.#pending) this.#pending = this.#add("caller pending", "…");
    if (!now) this.#forgetPending();
  }

  /** One line of the call's record. */
  show({ kind, data }) {
    if (kind === "caller") {
      this.#forgetPending();
      this.#add("caller", data.text);
    } else if (kind === "agent") {
      this.#agent(data);
    } else if (kind === "turn_timing") {
      this.#add("gap", timingBar(data));
    } else if (kind in NOTES) {
      this.#add("note", NOTES[kind](data));
    }
  }

  /** Segments of one turn are one paragraph, unless something came between. */
  #agent({ turn, text, interrupted }) {
    const last = this.#list.querySelector("li:last-of-type:not(.pending)");
    const goesOn = last?.classList.contains("agent") && last.dataset.turn === String(turn);
    const item = goesOn ? last : this.#add("agent", "");
    item.dataset.turn = turn;
    const words = item.querySelector("p");
    words.textContent = `${words.textContent} ${text}`.trim();
    if (interrupted) {
      item.classList.add("interrupted");
      item.append(Object.assign(document.createElement("span"), { className: "unseen", textContent: "interrupted" }));
    }
    this.#scroll();
  }

  #forgetPending() {
    this.#pending?.remove();
    this.#pending = null;
  }

  #add(kind, content) {
    const item = document.createElement("li");
    item.className = kind;
    const who = { caller: "Caller", agent: "Agent" }[kind.split(" ")[0]];
    if (who) item.append(Object.assign(document.createElement("span"), { className: "unseen", textContent: `${who}: ` }));
    if (typeof content === "string") item.append(Object.assign(document.createElement("p"), { textContent: content }));
    else item.append(content);
    this.#empty.hidden = true;
    if (this.#pending) this.#pending.before(item);
    else this.#list.append(item);
    this.#scroll();
    return item;
  }

  #scroll() {
    this.#list.lastElementChild?.scrollIntoView({ block: "nearest" });
  }
}
