/** One door for everything an officer does: the record is kept first, whatever the network does. */
import * as app from "../app";
import { act } from "../data/outbox";
import { t } from "../texts";
import type { Fix, RecordRow } from "../types";
import { lookAtClock } from "./clock";
import { whereNow } from "./position";
import { reread, sync } from "./sync";

interface Manner {
  /** When it happened, where that was before now. */
  at?: Date;
  /** Where it happened, where that was before now. */
  position?: Fix | null;
  /** Nobody is told. */
  quiet?: boolean;
  /** What was kept by these names until now. */
  instead?: string[];
}

/** Keep a record with the position of the moment and start sending. Null where nothing could be kept. */
export async function record(
  kind: string, data: Record<string, unknown>, files: string[] = [], { at, position: there, quiet = false, instead = [] }: Manner = {},
): Promise<RecordRow | null> {
  lookAtClock();
  const device = app.device.value;
  if (!device) {
    app.say(t("need_first_sign_in"), "danger");
    return null;
  }
  const position = there ?? (kind === "positions" ? null : await whereNow());
  try {
    const now = { device, offset_ms: app.clockOffset.value, app: app.base.version };
    const row = await act(app.base.db, { kind, data, files, position, instead, ...(at ? { at } : {}) }, now);
    await reread();
    void sync();
    if (!quiet) app.say(t("kept"));
    return row;
  } catch (problem) {
    // The form stays as it is: nothing is lost, and the officer can make room and try again.
    app.say(t("not_kept", { why: problem instanceof Error ? problem.message : String(problem) }), "danger");
    return null;
  }
}
