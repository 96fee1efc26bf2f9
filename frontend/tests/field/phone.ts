/** A phone for tests: a database of its own in memory, a device, and what is needed to act. */
import "fake-indexeddb/auto";
import { type Db, open } from "../../src/field/data/db";
import { act, type Draft } from "../../src/field/data/outbox";
import { sha256 } from "../../src/field/pure/bytes";
import type { DeviceRow, RecordRow } from "../../src/field/types";

let count = 0;

export interface Phone {
  db: Db;
  device: DeviceRow;
  record: (kind: string, data?: Record<string, unknown>, files?: string[]) => Promise<RecordRow>;
  act: (draft: Draft) => Promise<RecordRow>;
  file: (size: number) => Promise<string>;
}

export const signer = (_key: CryptoKey, text: string): Promise<string> => Promise.resolve(`s${text.length}`);

export async function phone(user = 1, db?: Db): Promise<Phone> {
  const mine = db ?? (await open(`test-${++count}`));
  const device = {
    user, id: `device-${user}`, last_seq: 0, private_key: {} as CryptoKey, public_key: {}, registered: false, name: "test",
  };
  await mine.put("devices", device);
  const circumstances = { device, offset_ms: 0, app: "test" };
  return {
    db: mine,
    device,
    act: (draft) => act(mine, draft, circumstances, signer),
    record(kind, data = {}, files = []) {
      const draft: Draft = { kind, data, files, position: null };
      return act(mine, draft, circumstances, signer);
    },
    async file(size) {
      const blob = new Blob([new Uint8Array(size).map((_, at) => (at * 31 + count + size) % 251)]);
      const hash = await sha256(blob);
      const ref = { sha256: hash, name: "a.jpg", kind: "photo" as const, taken_at: "", position: null };
      await mine.put("files", { sha256: hash, user, ref, size, blob, preview: null, state: "draft", received: 0, made_at: Date.now() });
      return hash;
    },
  };
}
