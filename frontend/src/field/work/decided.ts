/** What becomes of a decision that was signed and shown. */
import * as app from "../app";
import { forget } from "../data/db";
import type { Decided } from "../data/drafts";
import type { RecordRow } from "../types";
import { record } from "./act";
import { reread } from "./sync";

/** It was handed over: recorded at the time of the decision; the form goes in the same moment. */
export function serve({ key, decided_at, decision }: Pick<Decided, "key" | "decided_at" | "decision">): Promise<RecordRow | null> {
  return record("case.simple", decision.data, decision.files, { at: new Date(decided_at), position: decision.position ?? null, instead: [key] });
}

/** It was never handed over; its number is not given again. */
export async function giveUp({ key }: Pick<Decided, "key">): Promise<void> {
  await forget(app.base.db, key);
  await reread();
}
