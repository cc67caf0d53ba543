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

  async #ask<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
    const token = await this.signIn.token();
    const answer = await fetch(`api/${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    if (answer.status === 401) await this.signIn.begin();
    const told = (await answer.json().catch(() => ({}))) as Answer & { wrong?: string };
    if (!answer.ok) throw new Wrong(answer.status, told.wrong ?? "That did not work. Try again.");
    return told;
  }
}
