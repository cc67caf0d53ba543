// The whole page: who I am above, calls and people beside, and in the middle where I am.

import type { Api } from "./api";
import { Arriving } from "./arriving";
import { OneCall } from "./call";
import { LiveCalls, People } from "./calls";
import { History } from "./history";
import { place, ROOMS } from "./place";
import { PresenceChoice } from "./presence";
import type { SignIn } from "./sign_in";
import { connected, myself, toDo, trouble } from "./state";
import { ToDo } from "./to_do";

export function Desk({ api, signIn }: { api: Api; signIn: SignIn }) {
  return (
    <>
      <header class="top">
        <h1>Desk</h1>
        <Rooms />
        <PresenceChoice api={api} />
        <p class="me">
          <span>{myself.value?.name}</span>
          <button type="button" class="plain" onClick={() => signIn.end()}>
            Sign out
          </button>
        </p>
      </header>
      <p class="line" role="status">
        {connected.value ? "" : "Reaching the desk … what you see may be old."}
      </p>
      {trouble.value ? (
        <p class="trouble" role="alert">
          {trouble.value}{" "}
          <button type="button" class="plain" onClick={() => (trouble.value = "")}>
            Dismiss
          </button>
        </p>
      ) : null}
      <Arriving api={api} />
      <div class={`rooms ${place.value.name}`}>
        <aside aria-label="Now">
          <LiveCalls />
          <People />
        </aside>
        <main>
          <Room api={api} />
        </main>
      </div>
    </>
  );
}

function Rooms() {
  const here = place.value.name;
  return (
    <nav aria-label="Rooms">
      {ROOMS.map(({ name, label, key }) => (
        <a
          key={name}
          href={`#${name}`}
          aria-current={here === name ? "page" : undefined}
          aria-keyshortcuts={`Alt+Shift+${key}`}
          title={`Alt+Shift+${key}`}
        >
          {label}
          {name === "to-do" && toDo.value.length ? <span class="badge">{toDo.value.length}</span> : null}
        </a>
      ))}
    </nav>
  );
}

function Room({ api }: { api: Api }) {
  switch (place.value.name) {
    case "call":
      return <OneCall api={api} />;
    case "to-do":
      return <ToDo api={api} />;
    case "history":
      return <History api={api} />;
    case "calls":
      return <p class="soft nothing">Open a call to follow it as it is spoken.</p>;
  }
}
