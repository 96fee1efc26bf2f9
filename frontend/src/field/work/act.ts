/** One door for everything an officer does: the record is kept first, whatever the network does. */
import * as app from "../app";
import { act } from "../data/outbox";
import { t } from "../texts";
import type { RecordRow } from "../types";
import { whereNow } from "./position";
import { reread, sync } from "./sync";

/** Keep a record with the position of the moment and start sending. Null where nothing could be kept. */
export async function record(
  kind: string, data: Record<string, unknown>, files: string[] = [], at?: Date, quiet = false,
): Promise<RecordRow | null> {
  const device = app.device.value;
  if (!device) {
    app.say(t("need_first_sign_in"), "danger");
    return null;
  }
  const position = kind === "positions" ? null : await whereNow();
  try {
    const now = { device, offset_ms: app.clockOffset.value, app: app.base.version };
    const row = await act(app.base.db, { kind, data, files, position, ...(at ? { at } : {}) }, now);
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
