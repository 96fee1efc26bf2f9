/** Reads what `/field/api/law` and `/field/api/blocks` answer. */
import type { Block, Law } from "../law";

export function readLaw(given: unknown): Law {
  return given as Law;
}

export function readBlocks(given: unknown): Block[] {
  const rows = Array.isArray(given) ? given : ((given as { blocks?: unknown[] } | null)?.blocks ?? []);
  return rows as Block[];
}
