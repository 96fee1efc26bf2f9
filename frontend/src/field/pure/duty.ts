/** When an officer is on duty, and when positions may be recorded. */
import type { Duty } from "../types";

/** A duty that was begun on this phone. */
export interface OnDuty {
  id: number | null;
  starts_at: string;
  ends_at: string;
}

/** A duty may be begun so long before it starts, and ended so long after its hours. */
const MARGIN_MS = 60 * 60_000;

/** Whether positions may be recorded at a moment: a duty was begun here, it is inside its hours, not switched off. */
export function mayRecord(duty: OnDuty | null, wanted: boolean, now: number): boolean {
  return wanted && duty !== null && Date.parse(duty.starts_at) <= now && now < Date.parse(duty.ends_at);
}

/** Whether a duty can no longer be ended: the server takes its end so long after its hours. */
export function isPast(duty: OnDuty, now: number): boolean {
  return Date.parse(duty.ends_at) + MARGIN_MS <= now;
}

/** The duty that is on or comes next; null where there is none. */
export function dutyNow(duties: readonly Duty[], now: number): Duty | null {
  const open = duties.filter((duty) => now < Date.parse(duty.ends_at) && Date.parse(duty.starts_at) - MARGIN_MS <= now);
  return open.sort((a, b) => Date.parse(a.starts_at) - Date.parse(b.starts_at))[0] ?? null;
}
