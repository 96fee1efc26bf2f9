/** The form of a proof: exact members, exact kinds, nothing unknown. */
import { Failure } from "./bytes";

export type Row = [string, string, number, string];
export type Officer = [string, string, string, number, string[], string[]];
export type Drawn = [string, string, string[]];
export interface Rules {
  strata: { code: string; label: string; quota: number }[];
  team: { group: string; label: string; officers: number; same_squad: boolean }[];
  area_cap: number;
  text: string[];
}
export interface Listed { count: number; eligible: number; sha256: string }
export interface Commitment {
  format: string; algorithm: string; task: string; title: string; attempt: number; previous: string | null;
  reason: string; committed_at: string; candidates: Listed; officers: Listed; rules: Rules; secret_sha256: string;
  public_values: ({ kind: string; due_at: string } & Record<string, unknown>)[];
}
export interface Withdrawal { at: string; object: string; officer: string | null; code: string }
export interface Proof {
  format: string; commitment: Commitment; candidates: Row[]; officers: Officer[]; secret: string;
  values: ({ kind: string; due_at: string; value: unknown } & Record<string, unknown>)[];
  drawn_at: string; result: Drawn[]; withdrawals: Withdrawal[]; final: Drawn[];
  sha256: { commitment: string; opening: string; final: string };
}

type Shape = (value: unknown, where: string) => void;
const HEX = /^[0-9a-f]{64}$/;
const CODE = /^[A-Za-z0-9._:-]{1,64}$/;
const MOMENT = /^([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,6}))?(Z|[+-][0-9]{2}:[0-9]{2})$/;
const DRAND = /^drand:[0-9a-f]{64}$/;
const LOTTERY = /^[!-~]+( [!-~]+)*$/;

function need(holds: boolean, where: string): void {
  if (!holds) throw new Failure("value", { where });
}

/** Microseconds since 1970; NaN where there is no such moment. */
export function moment(text: string): number {
  const [, seconds, fraction, offset] = MOMENT.exec(text) ?? [];
  if (!seconds || !offset || seconds.startsWith("0000")) return NaN;
  const local = Date.parse(`${seconds}Z`);
  // Date.parse takes the 30th of February for the 2nd of March.
  if (Number.isNaN(local) || new Date(local).toISOString().slice(0, 19) !== seconds) return NaN;
  const [hours = 0, minutes = 0] = offset === "Z" ? [] : offset.slice(1).split(":").map(Number);
  if (hours > 23 || minutes > 59) return NaN;
  const shift = (offset[0] === "-" ? -1 : 1) * (hours * 60 + minutes) * 60_000;
  return (local - shift) * 1000 + Number((fraction ?? "").padEnd(6, "0"));
}

const text = (least = 0, most = 2000): Shape => (value, where) => {
  need(typeof value === "string" && !/\p{Surrogate}/u.test(value), where);
  const length = [...(value as string)].length;
  need(length >= least && length <= most, where);
};
const whole = (least: number): Shape => (value, where) => need(Number.isSafeInteger(value) && (value as number) >= least, where);
const pattern = (wanted: RegExp): Shape => (value, where) => need(typeof value === "string" && wanted.test(value), where);
const only = (...values: unknown[]): Shape => (value, where) => need(values.includes(value), where);
const orNull = (shape: Shape): Shape => (value, where) => { if (value !== null) shape(value, where); };
const list = (shape: Shape, least = 0): Shape => (value, where) => {
  need(Array.isArray(value) && value.length >= least, where);
  (value as unknown[]).forEach((one, place) => shape(one, `${where}[${place}]`));
};
const row = (...shapes: Shape[]): Shape => (value, where) => {
  need(Array.isArray(value) && value.length === shapes.length, where);
  shapes.forEach((shape, place) => shape((value as unknown[])[place], `${where}[${place}]`));
};
const members = (shapes: Record<string, Shape>): Shape => (value, where) => {
  need(value !== null && typeof value === "object" && !Array.isArray(value), where);
  const given = Object.keys(value as object);
  need(given.length === Object.keys(shapes).length && given.every((name) => Object.hasOwn(shapes, name)), where);
  for (const [name, shape] of Object.entries(shapes)) shape((value as Record<string, unknown>)[name], `${where}.${name}`);
};
const any: Shape = (value, where) => need(Array.isArray(value), where);
const at: Shape = (value, where) => need(typeof value === "string" && !Number.isNaN(moment(value)), where);
const key = pattern(HEX);
const code = pattern(CODE);
const bytes = pattern(/^([0-9a-f]{2})*$/);
const name = text(1, 200);
const once = (shape: Shape, member: string): Shape => (value, where) => {
  shape(value, where);
  const codes = (value as Record<string, unknown>[]).map((one) => one[member]);
  need(new Set(codes).size === codes.length, where);
};

const word: Shape = (value, where) => {
  name(value, where);
  const given = value as string;
  need(given.normalize("NFC") === given && !/[\x00-\x1f\x7f-\x9f]/.test(given) && !/^[ \u3000]|[ \u3000]$/.test(given), where);
};
const DESCRIPTORS: Record<string, Record<string, Shape>> = {
  lottery: { game: name, issue: name },
  beacon: { beacon: (value, where) => need(value === "nist:2" || (typeof value === "string" && DRAND.test(value)), where), round: name },
  words: { place: name, observers: (value, where) => { whole(1)(value, where); need((value as number) <= 1000, where); } },
};
const VALUES: Record<string, Record<string, Shape>> = {
  lottery: { value: pattern(LOTTERY) },
  beacon: { value: bytes, signature: bytes },
  words: { value: list(word) },
};
const named = (filled: boolean): Shape => (value, where) => {
  const kind = (value as { kind?: unknown } | null)?.kind;
  need(typeof kind === "string" && Object.hasOwn(DESCRIPTORS, kind), where);
  members({ kind: only(kind), due_at: at, ...DESCRIPTORS[kind as string], ...(filled ? VALUES[kind as string] : {}) })(value, where);
  if (!filled) return;
  const one = value as { value: string | string[]; observers?: number; beacon?: string };
  if (kind === "words") need(one.value.length === one.observers, where);
  if (kind === "beacon") need(one.value.length === (one.beacon === "nist:2" ? 128 : 64), where);
};
const listed = members({ count: whole(0), eligible: whole(0), sha256: key });
const drawn = list(row(key, code, list(key)));
const step: Shape = (value, where) => {
  members({ at, object: key, officer: orNull(key), code: text(1, 200) })(value, where);
  const one = value as Withdrawal;
  if (one.officer !== null) only("recusal", "unavailable")(one.code, where);
};
const commitment: Shape = (value, where) => {
  members({
    format: only("chengshu-draw-commitment/1"), algorithm: only("chengshu-draw/1"), task: name, title: text(),
    attempt: whole(1), previous: orNull(key), reason: text(), committed_at: at, candidates: listed, officers: listed,
    rules: members({
      strata: once(list(members({ code, label: text(), quota: whole(0) }), 1), "code"),
      team: once(list(members({ group: code, label: text(), officers: whole(1), same_squad: only(true, false) })), "group"),
      area_cap: whole(0), text: list(text()),
    }),
    secret_sha256: key, public_values: list(named(false), 1),
  })(value, where);
  const { attempt, previous, reason } = value as Commitment;
  need(attempt > 1 === (previous !== null) && attempt > 1 === (reason !== ""), where);
};
const proof = members({
  format: only("chengshu-draw-proof/1"), commitment, candidates: any, officers: any, secret: key, values: list(named(true), 1),
  drawn_at: at, result: drawn, withdrawals: list(step), final: drawn, sha256: members({ commitment: key, opening: key, final: key }),
});

/** The value as a proof; fails where it is none. */
export function checkForm(value: unknown): Proof {
  proof(value, "proof");
  return value as Proof;
}

/** How many candidates are eligible; fails for a list that is not sorted or has a row of another form. */
export function checkCandidates(rows: Row[], strata: Set<string>): number {
  const areas = new Set([""]);
  let before = "", eligible = 0;
  for (const [place, one] of rows.entries()) {
    if (!Array.isArray(one) || one.length !== 4 || typeof one[0] !== "string" || !HEX.test(one[0]) || !strata.has(one[1])
      || (one[2] !== 0 && one[2] !== 1) || typeof one[3] !== "string") throw new Failure("value", { where: `candidates[${place}]` });
    if (one[0] <= before) throw new Failure("sorted", { where: `candidates[${place}]` });
    if (!areas.has(one[3])) { code(one[3], `candidates[${place}]`); areas.add(one[3]); }
    before = one[0];
    eligible += one[2];
  }
  return eligible;
}

/** The same for officers. */
export function checkOfficers(rows: Officer[], groups: Set<string>): number {
  const shape = row(key, only(...groups), code, only(0, 1), list(code), list(key));
  let before = "", eligible = 0;
  for (const [place, one] of rows.entries()) {
    shape(one, `officers[${place}]`);
    if (one[0] <= before) throw new Failure("sorted", { where: `officers[${place}]` });
    before = one[0];
    eligible += one[3];
  }
  return eligible;
}
