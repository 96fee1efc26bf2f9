/** The law for the simple procedure as the server sends it (`/field/api/law`), and blocks of numbers. */
import type { LawCause, Threshold } from "./pure/limits";

export interface Law {
  version: string;
  valid_until: string;
  causes: LawCause[];
  thresholds: Threshold[];
  /** Who decides, printed at the end of the decision. */
  authority: { name: string };
  /** Parts of the paper in Chinese; `{name}` stands for what the officer entered. */
  document: { title: string; remedies: string; payment: string };
}

export interface Block {
  id: string | number;
  numbers: string[];
  expires_at: string;
}

/** The next number of the leased blocks that no record on this phone bears yet; null where none is left. */
export function nextNumber(blocks: readonly Block[], used: ReadonlySet<string>, now: number): string | null {
  for (const block of blocks) {
    if (Date.parse(block.expires_at) <= now) continue;
    const free = block.numbers.find((number) => !used.has(number));
    if (free) return free;
  }
  return null;
}

export function left(blocks: readonly Block[], used: ReadonlySet<string>, now: number): number {
  return blocks
    .filter((block) => Date.parse(block.expires_at) > now)
    .reduce((sum, block) => sum + block.numbers.filter((number) => !used.has(number)).length, 0);
}
