// Asking the desk's API.

import type { SignIn } from "./sign_in";

/** The API said no; the message is one line for a person. */
export class Wrong extends Error {
  constructor(readonly status: number, message: string) {
    super(message);
  }
}

const DEADLINE_MS = 15_000;

export class Api {
  constructor(private readonly signIn: SignIn) {}

  get<Answer>(path: string): Promise<Answer> {
    return this.#ask<Answer>("GET", path);
  }

  post<Answer>(path: string, body?: unknown): Promise<Answer> {
    return this.#ask<Answer>("POST", path, body);
  }

  put<Answer>(path: string, body: unknown): Promise<Answer> {
    return this.#ask<Answer>("PUT", path, body);
  }

  /** A recording, whole; it comes in pieces. */
  async sound(path: string): Promise<Blob> {
    const pieces: Blob[] = [];
    for (let size = 0, last = false; !last; size += pieces.at(-1)?.size ?? 0) {
      const answer = await this.#fetch("GET", `${path}?from=${size}`);
      if (!answer.ok) throw await wrong(answer);
      pieces.push(await answer.blob());
      last = answer.headers.get("x-last") !== "no";
    }
    return new Blob(pieces, { type: "audio/wav" });
  }

  async #ask<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
    const answer = await this.#fetch(method, path, body);
    if (!answer.ok) throw await wrong(answer);
    return (await answer.json().catch(() => ({}))) as Answer;
  }

  async #fetch(method: string, path: string, body?: unknown): Promise<Response> {
    const token = await this.signIn.token();
    const answer = await fetch(`api/${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    if (answer.status === 401) await this.signIn.begin();
    return answer;
  }
}

async function wrong(answer: Response): Promise<Wrong> {
  const told = (await answer.json().catch(() => ({}))) as { wrong?: string };
  return new Wrong(answer.status, told.wrong ?? "That did not work. Try again.");
}
