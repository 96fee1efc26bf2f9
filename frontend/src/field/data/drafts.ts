/** Half-filled forms on the device, each of one officer: `draft:<officer>:<form>`. */
import type { Fix } from "../types";
import type { Db } from "./db";

/** A decision that was signed and shown: it may be in the party's hands, though nobody has said so yet. */
export interface Decided {
  key: string;
  user: number;
  number: string;
  decided_at: string;
  /** `position`: where it was decided. */
  decision: { data: Record<string, unknown>; files: string[]; position?: Fix | null };
}

export const draftKey = (user: number, name: string): string => `draft:${user}:${name}`;

export const drafts = (): IDBKeyRange => IDBKeyRange.bound("draft:", "draft:\uffff");

export function isDecided(value: unknown): value is Omit<Decided, "key" | "user"> {
  const draft = value as Partial<Decided> | null;
  return Boolean(draft?.decided_at && draft.decision);
}

/** Whose form it is; NaN for a form of nobody. */
export const ownerOf = (key: string): number => Number(/^draft:(\d+):/.exec(key)?.[1] ?? NaN);

/** Decisions that are neither recorded nor given up, of every officer who uses the phone. */
export async function decided(db: Db): Promise<Decided[]> {
  const rows = await db.getAll("kept", drafts());
  return rows.flatMap(({ name, value }) => (isDecided(value) ? [{ ...value, key: name, user: ownerOf(name) }] : []));
}

/** Hashes of files that forms name: they are in use though no record carries them yet. */
export function hashesIn(value: unknown): string[] {
  return JSON.stringify(value ?? null).match(/\b[0-9a-f]{64}\b/g) ?? [];
}
