/** All checks of a proof, in the order and with the words of the command and the stand-alone verifier. */
import { Failure, canonical, canonicalRows, parse, sha256, unhex } from "./bytes";
import { Drawing } from "./draw";
import { checkCandidates, checkForm, checkOfficers, moment, type Drawn, type Listed, type Proof } from "./shapes";

export interface Check { code: string; passed: boolean; failure?: Failure }
export interface Report {
  ok: boolean;
  checks: Check[];
  remarks: { code: string; values: Record<string, string | number> }[];
  hashes: Record<string, string>;
  drawn: number;
}
export type Published = Partial<Record<"commitment" | "opening" | "proof", string>>;

const REST = ["candidates", "officers", "withdrawals", "final", "sha256"];
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

/**
 * Check the bytes or the text of a proof's file; never fails itself. `told` hears of every check as it is made, and
 * the page can breathe between them.
 */
export async function verify(file: Uint8Array | string, published: Published = {}, told: (check: Check) => void = () => {}): Promise<Report> {
  const report: Report = { ok: false, checks: [], remarks: [], hashes: {}, drawn: 0 };
  const check = async (code: string, what: () => unknown): Promise<boolean> => {
    let failure: Failure | undefined;
    try {
      await what();
    } catch (error) {
      failure = error instanceof Failure ? error : new Failure("broken", { error: String(error) });
    }
    const made: Check = failure ? { code, passed: false, failure } : { code, passed: true };
    report.checks.push(made);
    told(made);
    await pause();
    return made.passed;
  };

  let proof!: Proof;
  if (!(await check("form", () => { proof = checkForm(parse(textOf(file))); }))) return report;
  const { commitment } = proof;
  await check("copy", async () => {
    report.hashes = await hashesOf(proof);
    for (const [name, claimed] of Object.entries(proof.sha256)) if (claimed !== report.hashes[name]) throw new Failure("otherPart", { name });
  });
  const compared = Object.entries(published).filter(([, value]) => value);
  if (compared.length) {
    await check("published", () => {
      for (const [name, value] of compared) if (report.hashes[name] !== value.trim().toLowerCase()) throw new Failure("otherHash", { name });
    });
  } else report.remarks.push({ code: "compare", values: {} });
  const lists = [
    await check("candidates", () => checkList(proof.candidates, commitment.candidates, "candidates",
      checkCandidates(proof.candidates, new Set(commitment.rules.strata.map((one) => one.code))))),
    await check("officers", () => checkList(proof.officers, commitment.officers, "officers",
      checkOfficers(proof.officers, new Set(commitment.rules.team.map((one) => one.group))))),
  ];
  await check("secret", async () => {
    if ((await sha256(unhex(proof.secret))) !== commitment.secret_sha256) throw new Failure("otherSecret");
  });
  await check("values", () => checkValues(proof));
  await check("times", () => checkTimes(proof));
  if (lists.every(Boolean)) await drawAgain(proof, report, check);
  report.drawn = proof.result.length;
  report.ok = report.checks.every((one) => one.passed);
  return report;
}

function textOf(file: Uint8Array | string): string {
  try {
    return typeof file === "string" ? file : new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(file);
  } catch {
    throw new Failure("notJson");
  }
}

async function hashesOf(proof: Proof): Promise<Record<string, string>> {
  const part = Object.fromEntries(Object.entries(proof).filter(([name]) => !REST.includes(name)));
  const opening = await sha256(canonical(part));
  const found = {
    commitment: await sha256(canonical(proof.commitment)),
    opening,
    final: await sha256(canonical({ opening, withdrawals: proof.withdrawals, final: proof.final })),
  };
  // The lists are long and hold no objects: they are written apart and put where their names stand.
  const short = canonical({ ...proof, candidates: 0, officers: 0 });
  const whole = `{"candidates":${canonicalRows(proof.candidates)}${short.slice('{"candidates":0'.length)}`
    .replace(/,"officers":0,"result":/, () => `,"officers":${canonicalRows(proof.officers)},"result":`);
  return { ...found, proof: await sha256(whole) };
}

async function checkList(rows: unknown[], committed: Listed, name: string, eligible: number): Promise<void> {
  const hash = await sha256(canonicalRows(rows));
  if (rows.length !== committed.count || eligible !== committed.eligible || hash !== committed.sha256) throw new Failure("otherList", { name });
}

async function checkValues({ values, commitment }: Proof): Promise<void> {
  const named = values.map((one) => Object.fromEntries(Object.entries(one).filter(([name]) => name !== "value" && name !== "signature")));
  if (canonical(named) !== canonical(commitment.public_values)) throw new Failure("otherValues");
  for (const [place, { beacon, signature, value }] of values.entries()) {
    if (typeof beacon !== "string" || !beacon.startsWith("drand:") || !signature) continue;
    if ((await sha256(unhex(signature as string))) !== value) throw new Failure("beacon", { where: `values[${place}]` });
  }
}

function checkTimes({ commitment, drawn_at, withdrawals }: Proof): void {
  const drawn = moment(drawn_at), committed = moment(commitment.committed_at);
  for (const [place, { due_at }] of commitment.public_values.entries()) {
    if (moment(due_at) <= committed) throw new Failure("dueEarly", { where: `public_values[${place}]` });
    if (drawn < moment(due_at)) throw new Failure("drawnEarly", { drawn: drawn_at, due: due_at });
  }
  let before = drawn;
  for (const [place, step] of withdrawals.entries()) {
    if (moment(step.at) < before) throw new Failure("before", { where: `withdrawals[${place}]` });
    before = moment(step.at);
  }
}

type Make = (code: string, what: () => unknown) => Promise<boolean>;

async function drawAgain(proof: Proof, report: Report, check: Make): Promise<void> {
  let drawing: Drawing | undefined;
  await check("objects", async () => {
    drawing = await Drawing.from(proof);
    same(drawing.rows().map(([key, code]) => [key, code]), proof.result.map(([key, code]) => [key, code]));
  });
  if (!drawing) return;
  const again = drawing;
  await check("teams", () => same(again.rows().map((row) => row[2]), proof.result.map((row) => row[2])));
  remark(proof, report, again);
  await check("withdrawals", async () => {
    for (const [place, step] of proof.withdrawals.entries()) await again.withdraw(step, `withdrawals[${place}]`);
    same(again.rows(), proof.final);
  });
}

function same(found: unknown[], claimed: unknown[]): void {
  const both = Math.min(found.length, claimed.length);
  for (let n = 0; n < both; n++) if (JSON.stringify(found[n]) !== JSON.stringify(claimed[n])) throw new Failure("otherObject", { n: n + 1 });
  if (found.length !== claimed.length) throw new Failure("otherCount", { found: found.length, claimed: claimed.length });
}

function remark({ commitment: { rules } }: Proof, report: Report, drawing: Drawing): void {
  const drawn = [...drawing.final.values()];
  for (const { code, label, quota } of rules.strata) {
    const found = drawn.filter((one) => one.code === code).length;
    if (found < quota) report.remarks.push({ code: "unfilled", values: { label, found, quota } });
  }
  for (const [place, { label }] of rules.team.entries()) {
    const n = drawn.filter(({ teams }) => !teams[place]?.length).length;
    if (n) report.remarks.push({ code: "noTeam", values: { label, n } });
  }
}

/** Where an object stands whose identity and salt somebody knows; `undefined`: not in the list. */
export async function findKey(proof: Proof, salt: string, identity: string): Promise<{ eligible: boolean; drawn: boolean; final: boolean } | undefined> {
  const key = await sha256(`chengshu-key/1\n${salt.trim().toLowerCase()}\n${identity}`);
  const row = proof.candidates.find((one) => one[0] === key);
  const within = (rows: Drawn[]): boolean => rows.some((one) => one[0] === key);
  return row && { eligible: row[2] === 1, drawn: within(proof.result), final: within(proof.final) };
}
