// What the carrier keeps of a call's sound: fetched by the desk's own API, in pieces, when somebody wants to hear it.

import { useEffect, useState } from "preact/hooks";
import type { Api } from "./api";
import { trouble } from "./state";
import type { Recording } from "./told";
import { lengthOf, momentOf } from "./words";

export function Recordings({ api, sid }: { api: Api; sid: string }) {
  const [kept, setKept] = useState<Recording[]>([]);
  const [why, setWhy] = useState("");
  useEffect(() => {
    api.get<{ recordings: Recording[] }>(`calls/${sid}/recordings`).then(
      ({ recordings }) => setKept(recordings),
      (error: unknown) => setWhy((error as Error).message),
    );
  }, []);
  if (kept.length === 0 && !why) return null;
  return (
    <section class="card" aria-labelledby="recordings-title">
      <h2 id="recordings-title">Recordings</h2>
      {why ? <p class="soft">{why}</p> : null}
      <ul>
        {kept.map((recording) => (
          <li key={recording.sid}>
            <Sound api={api} path={`calls/${sid}/recordings/${recording.sid}`} recording={recording} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Sound({ api, path, recording }: { api: Api; path: string; recording: Recording }) {
  const [url, setUrl] = useState("");
  const [asked, setAsked] = useState(false);
  const name = `${momentOf(recording.at)}, ${lengthOf(1000 * recording.duration_s)}`;
  useEffect(() => () => URL.revokeObjectURL(url), [url]);
  const hear = async () => {
    setAsked(true);
    try {
      setUrl(URL.createObjectURL(await api.sound(path)));
    } catch (error) {
      trouble.value = (error as Error).message;
      setAsked(false);
    }
  };
  if (url) return <audio controls autoplay src={url} aria-label={`Recording of ${name}`} />;
  return (
    <button type="button" disabled={asked} onClick={() => void hear()}>
      {asked ? "Fetching …" : `Hear ${name}`}
    </button>
  );
}
