// The desk begins: who is it, what is there, and then what is new.

import { effect } from "@preact/signals";
import { render } from "preact";
import { Api } from "./api";
import { afterEachCall } from "./arriving";
import { startClock } from "./clock";
import { Desk } from "./desk";
import { listenForKeys } from "./keys";
import { Newsline } from "./news";
import { place } from "./place";
import { SignIn, type Places } from "./sign_in";
import { connected, noting, read, told, tookUp, trouble, turnedTo, watched } from "./state";
import type { Desk as Told, WholeCall } from "./told";

const root = document.getElementById("desk") as HTMLElement;

async function begin(): Promise<void> {
  const places = (await (await fetch("config.json")).json()) as Places;
  const signIn = new SignIn(places);
  if (!(await signIn.complete())) return;
  const api = new Api(signIn);
  let unread = true;
  const line = new Newsline(places.socket, api, {
    opened: () => {
      unread = true;
      connected.value = true;
      void takeUp(api);
    },
    told: (news) => {
      told(news);
      if (news.kind === "watching" && unread && news.call_sid !== null && news.call_sid === watched.value) {
        unread = false;
        void readCall(api);
      }
    },
    lost: () => (connected.value = false),
  });
  startClock();
  listenForKeys(api);
  await takeUp(api);
  root.replaceChildren();
  render(<Desk api={api} signIn={signIn} />, root);
  effect(() => {
    const here = place.value;
    const sid = here.name === "call" ? here.sid : null;
    unread ||= sid !== watched.peek();
    turnedTo(sid);
    line.watch(sid);
  });
  afterEachCall(api);
  await line.open();
}

/** Everything as it is now: what was told before is in it. */
async function takeUp(api: Api): Promise<void> {
  const tellAgain = noting();
  try {
    tookUp(await api.get<Told>("desk"));
  } catch (error) {
    trouble.value = (error as Error).message;
  } finally {
    tellAgain();
  }
}

/** A call is read once it is watched, so that no line falls between. */
async function readCall(api: Api): Promise<void> {
  const tellAgain = noting();
  try {
    read(await api.get<WholeCall>(`calls/${watched.value}`));
  } catch (error) {
    trouble.value = (error as Error).message;
  } finally {
    tellAgain();
  }
}

begin().catch((error: unknown) => {
  root.replaceChildren(Object.assign(document.createElement("p"), { role: "alert", textContent: `The desk cannot open: ${String((error as Error).message)}` }));
});
