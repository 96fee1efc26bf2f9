/** How far the device's clock is from the server's. */

/** Milliseconds by which the device is ahead; the server's moment is taken to lie at half the round trip. */
export function offsetOf(sentAt: number, receivedAt: number, serverTime: string): number | null {
  const server = Date.parse(serverTime);
  return Number.isNaN(server) ? null : Math.round((sentAt + receivedAt) / 2 - server);
}

/** What the clock on the wall and the steady one show, in milliseconds. */
export interface Clocks {
  wall: number;
  steady: number;
}

const DRIFT_MS = 5_000;

/** Whether the clock on the wall was set between two looks. `slept`: the steady clock may have stood still meanwhile,
 *  so that only a step back tells. */
export function wasSet(before: Clocks, now: Clocks, slept: boolean): boolean {
  const drift = now.wall - before.wall - (now.steady - before.steady);
  return drift < -DRIFT_MS || (!slept && drift > DRIFT_MS);
}

export function clockWrong(offsetMs: number | null, limitMs: number): boolean {
  return offsetMs !== null && Math.abs(offsetMs) > limitMs;
}

/** ISO 8601 with milliseconds and the device's zone, as 2020-11-30T08:32:10.123+08:00. */
export function localIso(at: Date): string {
  const ahead = -at.getTimezoneOffset();
  const two = (value: number): string => String(Math.trunc(Math.abs(value))).padStart(2, "0");
  const local = new Date(at.getTime() + ahead * 60_000).toISOString().slice(0, -1);
  return `${local}${ahead < 0 ? "-" : "+"}${two(ahead / 60)}:${two(ahead % 60)}`;
}

/** The calendar day of a place, whatever the device's zone: the law counts in the bureau's days. */
export function dayIn(zone: string, at: Date): string {
  return new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" }).format(at);
}
