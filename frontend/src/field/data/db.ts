/** The app's database on the device. A later version adds steps to `upgrade` and never drops what waits. */
import { deleteDB, openDB, type DBSchema, type IDBPDatabase } from "idb";
import type { DeviceRow, FileRow, RecordRow } from "../types";

export const NAME = "chengshu-field";
const VERSION = 1;

interface Tables extends DBSchema {
  records: { key: string; value: RecordRow; indexes: { in_order: [string, number]; by_state: [number, string] } };
  files: { key: string; value: FileRow; indexes: { by_state: string } };
  devices: { key: number; value: DeviceRow };
  kept: { key: string; value: { name: string; value: unknown; at: number } };
}

export type Db = IDBPDatabase<Tables>;

/** `onBlocked`: another tab with an older version is open and must be closed first. */
export async function open(name = NAME, onBlocked?: () => void): Promise<Db> {
  const db = await openDB<Tables>(name, VERSION, {
    upgrade(made, from) {
      if (from < 1) {
        const records = made.createObjectStore("records", { keyPath: "id" });
        records.createIndex("in_order", ["device", "seq"], { unique: true });
        records.createIndex("by_state", ["user", "state"]);
        made.createObjectStore("files", { keyPath: "sha256" }).createIndex("by_state", "state");
        made.createObjectStore("devices", { keyPath: "user" });
        made.createObjectStore("kept", { keyPath: "name" });
      }
    },
    blocked: () => onBlocked?.(),
    blocking: () => db.close(),
  });
  return db;
}

/** A value kept by name: the list, the law, blocks, settings, half-filled forms. */
export async function recall<T>(db: Db, name: string): Promise<T | null> {
  return ((await db.get("kept", name))?.value as T | undefined) ?? null;
}

export async function keep(db: Db, name: string, value: unknown): Promise<void> {
  await db.put("kept", { name, value, at: Date.now() });
}

export async function forget(db: Db, prefix: string): Promise<void> {
  await db.delete("kept", IDBKeyRange.bound(prefix, `${prefix}\uffff`));
}

/** Everything the app keeps on this device, gone. */
export async function purge(db: Db, name = NAME): Promise<void> {
  if ("caches" in globalThis) for (const cache of await caches.keys()) await caches.delete(cache);
  db.close();
  await deleteDB(name);
}
