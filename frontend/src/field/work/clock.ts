/** Whether the clock of the phone is still the one that was compared with the server's. */
import * as app from "../app";
import { keep } from "../data/db";
import { type Clocks, wasSet } from "../pure/clock";

let seen: Clocks | null = null;
let slept = false;

/** Look at both clocks; the known offset is dropped where the one on the wall was set since the last look. */
export function lookAtClock(): void {
  const now = { wall: Date.now(), steady: performance.now() };
  if (seen && wasSet(seen, now, slept) && app.clockOffset.value !== null) {
    app.clockOffset.value = null;
    void keep(app.base.db, "offset", null);
  }
  seen = now;
  slept = document.visibilityState === "hidden";
}

/** With the screen off the steady clock may stand still. */
export function watchClock(): void {
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") slept = true;
    else lookAtClock();
  });
}

/** The offset as it was kept; none where the clock shows an earlier time than when it was measured. */
export async function keptOffset(): Promise<number | null> {
  const kept = await app.base.db.get("kept", "offset");
  return kept && kept.at <= Date.now() ? (kept.value as number | null) : null;
}
