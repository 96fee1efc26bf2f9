/** Sends what waits: files first, in pieces that go on where they stopped, then records in their order. */
import { PIECE_BYTES, RECORDS_A_REQUEST } from "../settings";
import type { DeviceRow, FileRow, RecordRow } from "../types";
import { type Api, Refused, Unreachable } from "./api";
import type { Db } from "./db";
import { recordsOf } from "./outbox";

export type Ending =
  | { state: "done" }
  | { state: "offline"; status: number }
  | { state: "signed_out" }
  | { state: "wipe" }
  | { state: "stopped"; reason: string; detail: string };

interface Result {
  id: string;
  outcome: "applied" | "flagged" | "refused";
  messages?: string[];
  result?: Record<string, unknown>;
}

interface RecordsAnswer {
  results: Result[];
  last_seq: number;
  stopped: { seq: number; reason: string; files?: string[]; detail?: string } | null;
  server_time: string;
  wipe?: boolean;
}

/** Rounds without any progress after which a stop is told rather than tried again at once. */
const PATIENCE = 3;

/** Send everything of one officer that can be sent now. `told` is called after each step, for the screen. */
export async function sendAll(db: Db, api: Api, user: number, app: string, told: () => void = () => undefined): Promise<Ending> {
  try {
    await register(db, api, user, app);
    let fruitless = 0;
    let known = "";
    for (;;) {
      const waiting = (await recordsOf(db, user)).filter((row) => row.state === "waiting");
      if (!waiting.length) return { state: "done" };
      const state = `${waiting[0]!.seq}/${waiting.length}`;
      fruitless = state === known ? fruitless + 1 : 0;
      known = state;
      const ending = await round(db, api, user, waiting.slice(0, RECORDS_A_REQUEST), app, told, fruitless >= PATIENCE);
      if (ending) return ending;
    }
  } catch (problem) {
    if (problem instanceof Refused) return { state: "stopped", reason: "device", detail: problem.message };
    if (problem instanceof Unreachable) return problem.status === 401 ? { state: "signed_out" } : { state: "offline", status: problem.status };
    throw problem;
  }
}

/** The server knows the device's key before anything signed with it comes, and before numbers are leased to it. */
async function register(db: Db, api: Api, user: number, app: string): Promise<DeviceRow> {
  const device = (await db.get("devices", user))!;
  if (device.registered) return device;
  await api.register(device, app);
  // One transaction: a record that takes a number meanwhile must not be undone.
  const change = db.transaction("devices", "readwrite");
  const known = { ...(await change.store.get(user))!, registered: true };
  await change.store.put(known);
  await change.done;
  return known;
}

async function round(
  db: Db, api: Api, user: number, rows: RecordRow[], app: string, told: () => void, last: boolean,
): Promise<Ending | null> {
  const device = await register(db, api, user, app);
  const ready: RecordRow[] = [];
  for (const row of rows) {
    const problem = await sendFiles(db, api, row, told);
    if (problem) {
      if (ready.length) break;
      await db.put("records", { ...row, stuck: problem });
      told();
      return { state: "stopped", reason: "file", detail: problem };
    }
    ready.push(row);
    // A large batch behind many photos would wait for all of them.
    if (row.files.length) break;
  }
  const answer = await api.records<RecordsAnswer>(device.id, ready.map(({ text, signature }) => ({ text, signature })));
  await settle(db, ready, answer);
  told();
  const ending = answer.stopped ? await recover(db, user, answer, last) : null;
  const more = (await recordsOf(db, user)).some((row) => row.state === "waiting");
  return answer.wipe && (ending || !more) ? { state: "wipe" } : ending;
}

/** Keep the answers in one transaction; whatever has been taken in needs its bytes here no longer. */
async function settle(db: Db, sent: RecordRow[], answer: RecordsAnswer): Promise<void> {
  const results = new Map(answer.results.map((result) => [result.id, result]));
  const change = db.transaction(["records", "files"], "readwrite", { durability: "strict" });
  for (const row of sent) {
    const result = results.get(row.id);
    if (!result) continue;
    await change.objectStore("records").put({
      ...row,
      state: result.outcome,
      messages: result.messages ?? [],
      result: result.result ?? {},
      answered_at: Date.now(),
      server_time: answer.server_time,
      stuck: null,
    });
    for (const sha256 of row.files) {
      const file = await change.objectStore("files").get(sha256);
      if (file) await change.objectStore("files").put({ ...file, state: "sent", blob: null, received: file.size });
    }
  }
  await change.done;
}

async function recover(db: Db, user: number, answer: RecordsAnswer, last: boolean): Promise<Ending | null> {
  const { reason, seq, files = [], detail = "" } = answer.stopped!;
  const stop: Ending = { state: "stopped", reason, detail };
  const rows = await recordsOf(db, user);
  const row = rows.find((one) => one.seq === seq);
  if (row && row.state === "waiting") await db.put("records", { ...row, stuck: detail || reason });
  if (last) return stop;
  if (reason === "missing_file") {
    for (const sha256 of files) {
      const file = await db.get("files", sha256);
      if (!file?.blob) return stop;
      await db.put("files", { ...file, state: "waiting", received: 0 });
    }
    return null;
  }
  if (reason === "out_of_order") {
    // The server was set back: what it has lost is sent again, in its old words and with its old numbers.
    const lost = rows.filter((one) => one.seq > answer.last_seq && one.state !== "waiting");
    const first = rows[0];
    if (!first || first.seq > answer.last_seq + 1) return stop;
    for (const one of lost) await db.put("records", { ...one, state: "waiting" });
    return null;
  }
  if (reason === "unknown_device") {
    const change = db.transaction("devices", "readwrite");
    await change.store.put({ ...(await change.store.get(user))!, registered: false });
    await change.done;
    return null;
  }
  return stop;
}

/** Every file of a record; a sentence where one cannot be sent at all. */
async function sendFiles(db: Db, api: Api, row: RecordRow, told: () => void): Promise<string | null> {
  for (const sha256 of row.files) {
    const file = await db.get("files", sha256);
    if (!file || file.state === "sent" || !file.blob) continue;
    const problem = await sendFile(db, api, file, told);
    if (problem) return problem;
  }
  return null;
}

async function sendFile(db: Db, api: Api, file: FileRow, told: () => void): Promise<string | null> {
  const { sha256, name, kind } = file.ref;
  let state = await api.startUpload({ sha256, size: file.size, name, kind });
  for (let fruitless = 0; !state.refused && !state.complete; ) {
    const before = state.received;
    state = await api.sendPiece(sha256, before, file.blob!.slice(before, before + PIECE_BYTES));
    fruitless = state.received > before || state.complete ? 0 : fruitless + 1;
    if (fruitless >= PATIENCE) throw new Unreachable(409);
    await db.put("files", { ...file, received: state.received });
    told();
  }
  if (state.refused) return state.refused;
  await db.put("files", { ...file, received: file.size, state: "sent" });
  return null;
}
