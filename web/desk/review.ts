// Keeping what a person says of a call, over what the agent's record says.

import { Wrong, type Api } from "./api";
import { read, review, reviewed, trouble, watched } from "./state";
import type { Review, WholeCall } from "./told";

export interface Change {
  summary?: string;
  /** By task and slot; null takes a person's word back. */
  slots?: Record<string, string | null>;
}

/** True once it is kept. Whoever was quicker is named, and their word shown. */
export async function correct(api: Api, change: Change): Promise<boolean> {
  const sid = watched.value;
  const before = review.value;
  const slots = Object.entries({ ...before?.slots, ...change.slots }).filter(([, value]) => value !== null);
  try {
    const kept = await api.put<{ review: Review }>(`calls/${sid}/review`, {
      version: before?.version ?? 0,
      summary: change.summary ?? before?.summary ?? null,
      slots: Object.fromEntries(slots),
    });
    if (sid === watched.value) reviewed(kept.review);
    return true;
  } catch (error) {
    trouble.value = (error as Error).message;
    if (error instanceof Wrong && error.status === 409) read(await api.get<WholeCall>(`calls/${sid}`));
    return false;
  }
}
