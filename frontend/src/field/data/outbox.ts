/** What the officer did, kept before anything is sent: built, signed, then numbered and stored in one go. */
import { localIso } from "../pure/clock";
import { uuid7 } from "../pure/uuid7";
import type { DeviceRow, FileRef, Fix, RecordRow } from "../types";
import type { Db } from "./db";
import { sign } from "./device";
import { decided, drafts, hashesIn } from "./drafts";
import { alone } from "./locks";

export interface Draft {
  kind: string;
  data: Record<string, unknown>;
  /** SHA-256 of files captured before. */
  files?: string[];
  position: Fix | null;
  at?: Date;
  /** Kept until now under these names; gone once the record is there. */
  instead?: string[];
}

export interface Circumstances {
  device: DeviceRow;
  offset_ms: number | null;
  app: string;
}

type Signer = (key: CryptoKey, text: string) => Promise<string>;

/** Keep one record and return it as it waits. Only one at a time takes a number, also with two tabs open. */
export function act(db: Db, draft: Draft, now: Circumstances, signer: Signer = sign): Promise<RecordRow> {
  return alone("chengshu-field-number", async () => {
    for (;;) {
      const kept = await attempt(db, draft, now, signer);
      if (kept) return kept;
    }
  });
}

/** Null where somebody else took the number while this text was being signed. */
async function attempt(db: Db, draft: Draft, now: Circumstances, signer: Signer): Promise<RecordRow | null> {
  const at = draft.at ?? new Date();
  const device = (await db.get("devices", now.device.user)) ?? now.device;
  const seq = device.last_seq + 1;
  const files = await refs(db, draft.files ?? []);
  const id = uuid7(at.getTime());
  const text = JSON.stringify({
    id,
    seq,
    kind: draft.kind,
    at: localIso(at),
    offset_ms: now.offset_ms,
    position: draft.position,
    app: now.app,
    files,
    data: draft.data,
  });
  const signature = await signer(device.private_key, text);
  const row: RecordRow = {
    id, user: device.user, device: device.id, seq, kind: draft.kind, about: draft.data, text, signature,
    files: files.map((file) => file.sha256), state: "waiting", messages: [], result: {}, made_at: at.getTime(),
    answered_at: null, server_time: null, stuck: null,
  };
  // From here on nothing but the database is waited for: the transaction would end by itself.
  const change = db.transaction(["records", "devices", "files", "kept"], "readwrite", { durability: "strict" });
  const current = await change.objectStore("devices").get(device.user);
  if (!current || current.last_seq !== device.last_seq) {
    await change.done;
    return null;
  }
  await change.objectStore("devices").put({ ...current, last_seq: seq });
  await change.objectStore("records").add(row);
  for (const name of draft.instead ?? []) await change.objectStore("kept").delete(name);
  for (const sha256 of row.files) {
    const file = await change.objectStore("files").get(sha256);
    if (file?.state === "draft") await change.objectStore("files").put({ ...file, state: "waiting" });
  }
  await change.done;
  return row;
}

async function refs(db: Db, wanted: string[]): Promise<FileRef[]> {
  const found: FileRef[] = [];
  for (const sha256 of new Set(wanted)) {
    const file = await db.get("files", sha256);
    if (!file) throw new Error(`file ${sha256} is not on the device`);
    found.push(file.ref);
  }
  return found;
}

/** Records of one officer in order of their numbers. */
export async function recordsOf(db: Db, user: number): Promise<RecordRow[]> {
  const device = await db.get("devices", user);
  if (!device) return [];
  return db.getAllFromIndex("records", "in_order", IDBKeyRange.bound([device.id, 0], [device.id, Infinity]));
}

/** How much of each officer has not been answered, decisions that may have been served too; more than one officer
 *  may use a phone. */
export async function waitingByUser(db: Db): Promise<Map<number, number>> {
  const counts = new Map<number, number>();
  for (const device of await db.getAll("devices")) {
    const waiting = await db.countFromIndex("records", "by_state", IDBKeyRange.only([device.user, "waiting"]));
    if (waiting) counts.set(device.user, waiting);
  }
  for (const { user } of await decided(db)) counts.set(user, (counts.get(user) ?? 0) + 1);
  return counts;
}

/** Drop what was answered long ago, and files that neither a record nor a half-filled form names. */
export async function tidy(db: Db, before: number): Promise<void> {
  const change = db.transaction(["records", "files", "kept"], "readwrite");
  const inUse = new Set<string>();
  for (const draft of await change.objectStore("kept").getAll(drafts())) {
    for (const sha256 of hashesIn(draft.value)) inUse.add(sha256);
  }
  for (const row of await change.objectStore("records").getAll()) {
    // What was refused stays until sign-out: the officer must be able to read why.
    const old = row.state !== "waiting" && row.state !== "refused" && (row.answered_at ?? 0) < before;
    if (old) await change.objectStore("records").delete(row.id);
    else for (const sha256 of row.files) inUse.add(sha256);
  }
  for (const file of await change.objectStore("files").getAll()) {
    if (!inUse.has(file.sha256) && file.made_at < before) await change.objectStore("files").delete(file.sha256);
  }
  await change.done;
}
