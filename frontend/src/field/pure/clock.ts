/** How far the device's clock is from the server's. */

/** Milliseconds by which the device is ahead; the server's moment is taken to lie at half the round trip. */
export function offsetOf(sentAt: number, receivedAt: number, serverTime: string): number | null {
  const server = Date.parse(serverTime);
  return Number.isNaN(server) ? null : Math.round((sentAt + receivedAt) / 2 - server);
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
