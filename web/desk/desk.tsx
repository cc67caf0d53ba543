// The whole page: who I am above, calls and people beside, and in the middle where I am.

import type { Api } from "./api";
import { OneCall } from "./call";
import { LiveCalls, People } from "./calls";
import { place } from "./place";
import { PresenceChoice } from "./presence";
import type { SignIn } from "./sign_in";
import { connected, myself, trouble } from "./state";

export function Desk({ api, signIn }: { api: Api; signIn: SignIn }) {
  return (
    <>
      <header class="top">
        <h1>
          <a href="#calls">Desk</a>
        </h1>
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
      <div class={`rooms ${place.value.name}`}>
        <aside aria-label="Now">
          <LiveCalls />
          <People />
        </aside>
        <main>{place.value.name === "call" ? <OneCall /> : <Nothing />}</main>
      </div>
    </>
  );
}

function Nothing() {
  return <p class="soft nothing">Open a call to follow it as it is spoken.</p>;
}
