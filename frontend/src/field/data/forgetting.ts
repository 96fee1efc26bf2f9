/** Forgetting what one officer had on this phone: at once all that was given to it, the rest once it is answered. */
import type { DeviceRow } from "../types";
import type { Db } from "./db";
import { sign } from "./device";
import { drafts, hashesIn, isDecided, ownerOf } from "./drafts";

/** What was fetched for whoever is signed in. */
const LISTS = ["today", "law", "blocks", "duty", "limits", "ground", "permissions"];
const GROUPS = ["etag:", "lease:"];

/** Lists, law, half-filled forms and what was answered go at once. Records that wait stay with their files, and so
 *  do decisions that may have been served; nothing of another officer is touched. Returns how much of his waits.
 *  `whose`: whose lists the phone holds. */
export async function forgetOf(db: Db, user: number, whose: number | null): Promise<number> {
  const change = db.transaction(["kept", "records", "files"], "readwrite", { durability: "strict" });
  const [kept, records, files] = [change.objectStore("kept"), change.objectStore("records"), change.objectStore("files")];
  await kept.delete(IDBKeyRange.bound(`track:${user}:`, `track:${user}:\uffff`));
  if (whose === user || whose === null) {
    for (const name of LISTS) await kept.delete(name);
    for (const prefix of GROUPS) await kept.delete(IDBKeyRange.bound(prefix, `${prefix}\uffff`));
  }
  const inUse = new Set<string>();
  let waiting = 0;
  for (const { name, value } of await kept.getAll(drafts())) {
    const owner = ownerOf(name);
    if (owner !== user && !Number.isNaN(owner)) continue;
    if (owner === user && isDecided(value)) {
      waiting += 1;
      for (const hash of hashesIn(value)) inUse.add(hash);
    } else await kept.delete(name);
  }
  for (const row of await records.getAll()) {
    if (row.user !== user) continue;
    if (row.state === "waiting") {
      waiting += 1;
      for (const hash of row.files) inUse.add(hash);
    } else await records.delete(row.id);
  }
  for (const file of await files.getAll()) {
    if (file.user === user && !inUse.has(file.sha256)) await files.delete(file.sha256);
  }
  await change.done;
  return waiting;
}

/** Forms of an officer that nobody decided: they go when another one takes the phone. */
export async function dropForms(db: Db, user: number): Promise<void> {
  const change = db.transaction("kept", "readwrite");
  for (const { name, value } of await change.store.getAll(drafts())) {
    if (ownerOf(name) === user && !isDecided(value)) await change.store.delete(name);
  }
  await change.done;
}

/** What a device says with its key, also where nobody is signed in (`POST devices/<id>/order`). */
export async function statement(row: DeviceRow, state: "in_use" | "asked" | "sign_out"): Promise<{ text: string; signature: string }> {
  const text = JSON.stringify({ device: row.id, state, at: new Date().toISOString() });
  return { text, signature: await sign(row.private_key, text) };
}

/** Note on the device's row, beside whatever takes a number meanwhile. */
export async function mark(db: Db, user: number, part: Partial<DeviceRow>): Promise<void> {
  const change = db.transaction("devices", "readwrite");
  const row = await change.store.get(user);
  if (row) await change.store.put({ ...row, ...part });
  await change.done;
}
