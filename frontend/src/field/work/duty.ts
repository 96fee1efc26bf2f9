/** Beginning and ending a duty. */
import * as app from "../app";
import { keep } from "../data/db";
import { isPast, type OnDuty } from "../pure/duty";
import type { Duty } from "../types";
import { record } from "./act";
import { attend, flush } from "./position";

export async function beginDuty(duty: Duty): Promise<void> {
  const taken = (app.today.value?.equipment ?? []).filter((thing) => thing.mine).map((thing) => thing.id);
  if (!(await record("duty.start", { equipment: taken }))) return;
  await setDuty({ id: duty.id, starts_at: duty.starts_at, ends_at: duty.ends_at });
}

export async function endDuty(): Promise<void> {
  await setDuty(null); // first: no position after the officer said that it is over
  await flush(); // those from before it are still of the duty when they arrive
  await record("duty.end", {});
}

export async function setDuty(duty: OnDuty | null): Promise<void> {
  app.duty.value = duty;
  await keep(app.base.db, "duty", duty);
  attend();
}

/** A duty that nobody ended is forgotten once it cannot be ended any more; positions stop with its hours. */
export async function expireDuty(now: number): Promise<void> {
  const duty = app.duty.value;
  if (duty && isPast(duty, now)) await setDuty(null);
}
