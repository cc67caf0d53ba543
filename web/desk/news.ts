// What is new, over a WebSocket that is opened again whenever it breaks.

import type { Api } from "./api";
import type { News } from "./told";

const STILL_HERE_MS = 50_000;
const ANSWER_MS = 10_000;
const AGAIN_MS = [250, 1_000, 2_000, 5_000, 10_000];

export interface Listener {
  /** Nothing that comes from now on is missed. */
  opened(): void;
  told(news: News): void;
  lost(): void;
}

export class Newsline {
  #socket: WebSocket | null = null;
  #watching: string | null = null;
  #failures = 0;
  #answer = 0;
  #beat = 0;

  constructor(
    private readonly url: string,
    private readonly api: Api,
    private readonly listener: Listener,
  ) {}

  /** Open, and stay open. */
  async open(): Promise<void> {
    try {
      const { ticket } = await this.api.post<{ ticket: string }>("ticket");
      this.#listen(new WebSocket(`${this.url}?ticket=${encodeURIComponent(ticket)}`));
    } catch {
      this.#again();
    }
  }

  /** Hear the words of this call from now on, and of no other. */
  watch(sid: string | null): void {
    this.#watching = sid;
    this.#say();
  }

  #listen(socket: WebSocket): void {
    socket.onopen = () => {
      this.#socket = socket;
      this.#failures = 0;
      this.#say();
      this.#beat = window.setInterval(() => this.#say(), STILL_HERE_MS);
      this.listener.opened();
    };
    socket.onmessage = (message) => {
      const { news } = JSON.parse(String(message.data)) as { news: News[] };
      for (const item of news) {
        if (item.kind === "watching") window.clearTimeout(this.#answer);
        this.listener.told(item);
      }
    };
    socket.onclose = () => {
      window.clearInterval(this.#beat);
      window.clearTimeout(this.#answer);
      if (this.#socket === socket) this.listener.lost();
      this.#socket = null;
      this.#again();
    };
  }

  /** Which call is watched; said again and again, it tells that this page is open, and shows whether the line is. */
  #say(): void {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    const socket = this.#socket;
    socket.send(JSON.stringify({ watch: this.#watching }));
    window.clearTimeout(this.#answer);
    this.#answer = window.setTimeout(() => socket.close(), ANSWER_MS);
  }

  #again(): void {
    const wait = AGAIN_MS[Math.min(this.#failures++, AGAIN_MS.length - 1)] ?? 0;
    window.setTimeout(() => void this.open(), wait);
  }
}
