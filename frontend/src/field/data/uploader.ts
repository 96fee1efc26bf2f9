/** Sends what waits: files first, in pieces that go on where they stopped, then records in their order. */
import { PIECE_BYTES, RECORDS_A_REQUEST } from "../settings";
import type { DeviceRow, FileRow, RecordRow } from "../types";
import { type Api, Refused, Unreachable } from "./api";
import type { Db } from "./db";
import { sign } from "./device";
import { recordsOf } from "./outbox";
import { localIso } from "../pure/clock";
import { uuid7 } from "../pure/uuid7";

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

/** The kind under which the words of a record go that could not be taken in as they are. */
const DAMAGED = "damaged";
const MOST_DAMAGED = 60_000;

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
    // A file that is not accepted holds nothing up: the server knows of it and says so with the record.
    await sendFiles(db, api, row, told);
    ready.push(row);
    // A large batch behind many photos would wait for all of them.
    if (row.files.length) break;
  }
  const answer = await api.records<RecordsAnswer>(device.id, ready.map(({ text, signature }) => ({ text, signature })));
  await settle(db, ready, answer);
  told();
  const ending = answer.stopped ? await recover(db, api, user, answer, last) : null;
  const more = (await recordsOf(db, user)).some((row) => row.state === "waiting");
  return answer.wipe && !more ? { state: "wipe" } : ending;
}

/** Keep the answers in one transaction; whatever has been taken in needs its bytes here no longer. What was refused
 *  keeps them: the phone may be the only place where they are. */
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
      const blob = result.outcome === "refused" ? (file?.blob ?? null) : null;
      if (file) await change.objectStore("files").put({ ...file, state: "sent", blob, received: file.size });
    }
  }
  await change.done;
}

async function recover(db: Db, api: Api, user: number, answer: RecordsAnswer, last: boolean): Promise<Ending | null> {
  const { reason, seq, files = [], detail = "" } = answer.stopped!;
  const stop: Ending = { state: "stopped", reason, detail };
  const rows = await recordsOf(db, user);
  const row = rows.find((one) => one.seq === seq);
  if (row && row.state === "waiting") await db.put("records", { ...row, stuck: detail || reason });
  if (reason === "bad_signature" && row) return (await mended(db, user, row)) ? null : stop;
  if (last) return stop;
  if (reason === "missing_file") {
    for (const sha256 of files) {
      const file = await db.get("files", sha256);
      if (file?.blob) await db.put("files", { ...file, state: "waiting", received: 0 });
      else await api.giveUp(sha256, file?.ref.name ?? "", file?.ref.kind ?? "photo", "lost");
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

/** A record that the server cannot read or whose signature does not fit is signed again; where that does not help,
 *  its words go as they are in a record of their own kind, under its number, so that nothing waits behind it. */
async function mended(db: Db, user: number, row: RecordRow): Promise<boolean> {
  const device = (await db.get("devices", user))!;
  if (!row.mended) {
    const signature = await sign(device.private_key, row.text);
    await db.put("records", { ...row, signature, mended: true });
    return true;
  }
  if (row.kind === DAMAGED) return false;
  const id = uuid7(row.made_at);
  const data = { of: row.id, kind: row.kind, text: row.text.slice(0, MOST_DAMAGED), number: String(row.about["number"] ?? "") };
  const text = JSON.stringify({ id, seq: row.seq, kind: DAMAGED, at: localIso(new Date(row.made_at)), offset_ms: null, app: "", files: [], data });
  const signature = await sign(device.private_key, text);
  const change = db.transaction("records", "readwrite", { durability: "strict" });
  await change.store.delete(row.id);
  await change.store.add({ ...row, id, kind: DAMAGED, text, signature, files: [] });
  await change.done;
  return true;
}

/** Every file of a record, as far as they are still here. */
async function sendFiles(db: Db, api: Api, row: RecordRow, told: () => void): Promise<void> {
  for (const sha256 of row.files) {
    const file = await db.get("files", sha256);
    if (!file || file.state === "sent" || !file.blob) continue;
    await sendFile(db, api, file, told);
  }
}

async function sendFile(db: Db, api: Api, file: FileRow, told: () => void): Promise<void> {
  const { sha256, name, kind } = file.ref;
  let state = await api.startUpload({ sha256, size: file.size, name, kind });
  for (let fruitless = 0; !state.refused && !state.complete; ) {
    const before = state.received;
    state = await api.sendPiece(sha256, before, file.blob!.slice(before, before + PIECE_BYTES));
    fruitless = state.received > before || state.complete ? 0 : fruitless + 1;
    if (fruitless >= PATIENCE) {
      await api.giveUp(sha256, name, kind, "damaged"); // these bytes will never be what was signed
      break;
    }
    await db.put("files", { ...file, received: state.received });
    told();
  }
  await db.put("files", { ...file, received: file.size, state: "sent" });
}
