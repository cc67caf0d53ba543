// What this page knows: what the desk told it at first, and each news since.

import { computed, signal } from "@preact/signals";
import type { Agent, Call, Desk, FollowUp, Line, News, Person, Report, Review, Transfer, UnderWay, WholeCall } from "./told";

export const me = signal("");
export const people = signal<ReadonlyMap<string, Person>>(new Map());
export const live = signal<ReadonlyMap<string, Call>>(new Map());
export const followUps = signal<ReadonlyMap<string, FollowUp>>(new Map());
export const transfers = signal<ReadonlyMap<string, Transfer>>(new Map());
export const agents = signal<Readonly<Record<string, Agent>>>({});
export const connected = signal(false);
/** One line about what went wrong last, until it is dismissed. */
export const trouble = signal("");

/** The call this page shows, if it shows one. */
export const watched = signal<string | null>(null);
export const call = signal<Call | null>(null);
export const lines = signal<readonly Line[]>([]);
export const underWay = signal<UnderWay | null>(null);
export const report = signal<Report | null>(null);
export const review = signal<Review | null>(null);

export const myself = computed(() => people.value.get(me.value));
/** The caller who is on the way to me, or with me: as soon as I am claimed, before my phone rings. */
export const mine = computed(() => {
  const holds = (one: Transfer) => one.person === me.value || (!one.person && one.call_sid === myself.value?.call_sid);
  return [...transfers.value.values()].find(holds) ?? null;
});
export const toDo = computed(() => [...followUps.value.values()].sort((one, other) => one.at.localeCompare(other.at)));
export const calls = computed(() => [...live.value.values()].sort((one, other) => one.at.localeCompare(other.at)));

export function tookUp(desk: Desk): void {
  me.value = desk.me;
  people.value = new Map(desk.people.map((person) => [person.id, person]));
  live.value = new Map(desk.live.map((one) => [one.sid, one]));
  transfers.value = new Map(desk.transfers.map((one) => [one.call_sid, one]));
  followUps.value = new Map(desk.follow_ups.map((one) => [one.id, one]));
  agents.value = desk.agents;
}

/** Show another call, of which nothing is known yet. */
export function turnedTo(sid: string | null): void {
  if (sid === watched.value) return;
  watched.value = sid;
  call.value = sid === null ? null : (live.value.get(sid) ?? null);
  lines.value = [];
  underWay.value = null;
  report.value = null;
  review.value = null;
}

/** All of the call that is shown; lines that came meanwhile stay. */
export function read(whole: WholeCall): void {
  if (whole.call.sid !== watched.value) return;
  call.value = whole.call;
  underWay.value = whole.task;
  report.value = whole.report;
  reviewed(whole.review);
  add(whole.lines);
}

/** A person's word on the call that is shown; one that comes late is older than what is there. */
export function reviewed(next: Review | null): void {
  if (next && next.version > (review.value?.version ?? 0)) review.value = next;
}

const recorders = new Set<News[]>();

/** Until what is returned is called, news is noted as well; then it is told again, over a snapshot that may be older. */
export function noting(): () => void {
  const noted: News[] = [];
  recorders.add(noted);
  return () => {
    recorders.delete(noted);
    noted.forEach(apply);
  };
}

export function told(news: News): void {
  for (const noted of recorders) noted.push(news);
  apply(news);
}

function apply(news: News): void {
  switch (news.kind) {
    case "call":
      if (news.call.sid === watched.value) call.value = news.call;
      live.value = changed(live.value, news.call.sid, news.call.ended_at === null ? news.call : null);
      return;
    case "person":
      people.value = changed(people.value, news.person.id, news.person);
      return;
    case "follow-up":
      followUps.value = changed(followUps.value, news.follow_up.id, news.follow_up.done_by ? null : news.follow_up);
      return;
    case "lines":
      if (news.call_sid === watched.value) add(news.lines);
      return;
    case "form":
      if (news.call_sid === watched.value) underWay.value = news.task;
      return;
    case "transfer":
      transfers.value = changed(transfers.value, news.transfer.call_sid, news.transfer.over ? null : news.transfer);
      return;
    case "review":
      if (news.call_sid === watched.value) reviewed(news.review);
      return;
    case "watching":
      return;
  }
}

function add(more: readonly Line[]): void {
  const known = new Map([...lines.value, ...more].map((line) => [line.key, line]));
  lines.value = [...known.values()].sort((one, other) => one.at.localeCompare(other.at) || one.key.localeCompare(other.key));
}

function changed<Kind>(map: ReadonlyMap<string, Kind>, key: string, value: Kind | null): ReadonlyMap<string, Kind> {
  const next = new Map(map);
  if (value === null) next.delete(key);
  else next.set(key, value);
  return next;
}
