/** The law for the simple procedure as the server sends it (`/field/api/law`), and blocks of numbers. */
import type { Section } from "./pure/forms";
import { type LawCause, type PartyKind, type Threshold, on } from "./pure/limits";

/** In whose name decisions are made in a town, and by which word their numbers begin. */
export interface Authority {
  town: string;
  town_name: string;
  name: string;
  word: string;
  valid_from: string;
  valid_to: string;
}

export type Imposed = "fine" | "warning" | "warning_fine";

export interface Law {
  version: string;
  valid_until: string;
  causes: LawCause[];
  thresholds: Threshold[];
  authority: { name: string };
  authorities: Authority[];
  /** The paper, always in Chinese, with places for what the officer enters. */
  document: {
    title: string;
    remedies: string;
    payment: string;
    payment_cash: string;
    collected: { cash: string; bank: string };
    refused: string;
    forms: Record<PartyKind, Record<Imposed, Section[]>>;
  };
}

export interface Block {
  id: string | number;
  word: string;
  numbers: string[];
  expires_at: string;
}

/** Authorities of the day, one a town. */
export function authoritiesOn(law: Law, day: string): Authority[] {
  const towns = [...new Set(law.authorities.map((one) => one.town))];
  return towns.flatMap((town) => on(law.authorities.filter((one) => one.town === town), day) ?? []);
}

function open(blocks: readonly Block[], word: string, now: number): Block[] {
  return blocks.filter((block) => block.word === word && Date.parse(block.expires_at) > now);
}

/** The next number of the leased blocks of a word that no decision on this phone bears yet; null where none is left. */
export function nextNumber(blocks: readonly Block[], word: string, used: ReadonlySet<string>, now: number): string | null {
  return open(blocks, word, now).flatMap((block) => block.numbers).find((number) => !used.has(number)) ?? null;
}

export function left(blocks: readonly Block[], word: string, used: ReadonlySet<string>, now: number): number {
  return open(blocks, word, now).flatMap((block) => block.numbers).filter((number) => !used.has(number)).length;
}
