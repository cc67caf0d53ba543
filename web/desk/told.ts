// What the desk's API and its news say, as they say it (functions/desk/shown.py).

export type Presence = "free" | "away" | "after-call";

export interface Person {
  id: string;
  name: string;
  teams: string[];
  presence: Presence;
  there: boolean;
  since: string;
  call_sid: string | null;
}

export interface Call {
  sid: string;
  caller: string;
  called: string;
  agent: string;
  status: string;
  at: string;
  language: string | null;
  ended_at: string | null;
  outcome: string | null;
  summary: string | null;
}

export interface Line {
  key: string;
  kind: string;
  at: string;
  data: Record<string, unknown>;
}

export interface Slot {
  name: string;
  kind: string;
  about: string;
  choices: string[];
}

export interface Task {
  name: string;
  run: string;
  slots: Slot[];
}

export interface Agent {
  business: string;
  tasks: Task[];
}

/** The task under way, and what is known so far. */
export interface UnderWay {
  task: string;
  values: Record<string, string>;
  waiting_for: string | null;
}

/** A person's word on a call; `slots` by task and slot, `book_appointment.day`. */
export interface Review {
  version: number;
  by: string;
  name: string;
  at: string;
  summary: string | null;
  slots: Record<string, string>;
}

export interface Report {
  intents: string[];
  sentiment: string;
  turns: number;
  interruptions: number;
  not_understood: number;
}

/** Made for a sentence of the caller's while a person talks with them (streaming/assist.py). */
export interface Suggestion {
  to: string;
  reply: string;
  passage: { about: string; answer: string } | null;
}

export interface Recording {
  sid: string;
  at: string;
  duration_s: number;
  channels: number;
}

export interface History {
  calls: Call[];
  more: boolean;
}

export interface FollowUp {
  id: string;
  kind: "task" | "callback";
  call_sid: string;
  about: string;
  at: string;
  number: string;
  taken_by: string | null;
  done_by: string | null;
}

/** What is known of a caller who is handed over (shared/core/briefing.py). */
export interface Context {
  about?: string;
  summary?: string;
  sentiment?: string;
  caller?: string;
  identity?: string;
  slots?: { name: string; value: string }[];
  last_turns?: { who: string; text: string }[];
  tried?: string[];
}

/** A caller on the way to people, with them, or (`over`) not any more. */
export interface Transfer {
  call_sid: string;
  number: number;
  phase: "ringing" | "briefing" | "together" | "back" | "over";
  route: string;
  reason: string;
  to: string;
  person: string;
  since: string;
  why: string | null;
  context: Context;
  over: boolean;
}

export interface Desk {
  me: string;
  people: Person[];
  live: Call[];
  transfers: Transfer[];
  follow_ups: FollowUp[];
  agents: Record<string, Agent>;
}

export interface WholeCall {
  call: Call;
  lines: Line[];
  task: UnderWay | null;
  report: Report | null;
  review: Review | null;
}

export type News =
  | { kind: "call"; call: Call }
  | { kind: "person"; person: Person }
  | { kind: "follow-up"; follow_up: FollowUp }
  | { kind: "lines"; call_sid: string; lines: Line[] }
  | { kind: "form"; call_sid: string; task: UnderWay | null }
  | { kind: "transfer"; transfer: Transfer }
  | { kind: "review"; call_sid: string; review: Review }
  | { kind: "watching"; call_sid: string | null };
