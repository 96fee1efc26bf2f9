import { describe, expect, it } from "vitest";
import raw from "../../docs/draw/vectors.json?raw";
import { canonical, hmacKey, sha256, unhex, utf8, hex } from "../src/verify/bytes";
import { findKey, verify, type Report } from "../src/verify/check";
import { Numbers } from "../src/verify/draw";
import { moment, type Proof } from "../src/verify/shapes";
import { fill } from "../src/verify/words";

interface Vectors {
  canonical: { value: unknown; hex: string; sha256: string }[];
  keys: { list_salt: string; identity: string; salt: string; key: string }[];
  below: { seed: string; label: string; n: number; number: number }[];
  proofs: Record<"small" | "full", { proof: Proof; sha256: Record<string, string> }>;
}
const vectors = JSON.parse(raw) as Vectors;
const full = vectors.proofs.full;
const CONTENT = utf8(canonical(full.proof));
const failed = (report: Report): string[] => report.checks.filter((one) => !one.passed).map((one) => one.code);
const reasons = (report: Report): string[] => report.checks.filter((one) => !one.passed).map((one) => one.failure!.code);
const copy = (): Proof => structuredClone(full.proof);

/** Numbers that look random and are the same in every run. */
function* random(seed: number): Generator<number> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}

describe("the primitives are those of the specification", () => {
  it.each(vectors.canonical)("canonical JSON $sha256", async ({ value, hex: wanted, sha256: hash }) => {
    expect(hex(utf8(canonical(value)))).toBe(wanted);
    expect(await sha256(canonical(value))).toBe(hash);
  });
  it.each(vectors.below)("$label below $n", async ({ seed, label, n, number }) => {
    const numbers = new Numbers(await hmacKey(unhex(seed)));
    expect(await numbers.below(label, n)).toBe(number);
    await numbers.fetch([label]);
    expect(await numbers.below(label, n)).toBe(number);
  });
  it.each([
    ["2021-03-01T09:00:00+08:00", Date.parse("2021-03-01T01:00:00Z") * 1000],
    ["2021-03-01T09:00:00.25-00:30", (Date.parse("2021-03-01T09:30:00Z") + 250) * 1000],
    ["2021-02-30T09:00:00Z", NaN], ["2021-03-01T09:00:60Z", NaN], ["2021-03-01T09:00:00", NaN], ["0000-03-01T09:00:00Z", NaN],
    ["2021-03-01T09:00:00+24:00", NaN], ["2021-03-01", NaN],
  ])("the moment %s", (text, wanted) => expect(moment(text)).toBe(wanted));
});

describe.each(["small", "full"] as const)("the published proof %s", (name) => {
  it("holds, also against the published hashes", async () => {
    const { proof, sha256: published } = vectors.proofs[name];
    const told: string[] = [];
    const { commitment, opening, proof: whole } = published;
    const report = await verify(utf8(canonical(proof)), { commitment, opening, proof: whole } as never, (check) => told.push(check.code));
    expect(reasons(report)).toEqual([]);
    expect(report.ok).toBe(true);
    expect(report.hashes).toEqual(published);
    expect(told).toEqual(["form", "copy", "published", "candidates", "officers", "secret", "values", "times", "objects", "teams", "withdrawals"]);
  });
});

it("remarks say what is no fault: a stratum not filled, no hash to compare with", async () => {
  const report = await verify(CONTENT);
  expect(report.remarks.map((one) => one.code)).toEqual(["compare", "unfilled"]);
});

describe("a changed proof", () => {
  it("fails where a member stands twice, however its name is written, and where a number is a fraction", async () => {
    const text = canonical(full.proof);
    const { attempt } = full.proof.commitment;
    for (const twice of [`"attempt":7,"attempt":${attempt}`, `"att\\u0065mpt" : 7,"attempt":${attempt}`])
      expect(reasons(await verify(text.replace(`"attempt":${attempt}`, twice)))).toEqual(["twice"]);
    expect(reasons(await verify(text.replace(/^\{/, '{"secret":"", ')))).toEqual(["twice"]);
    expect(reasons(await verify(text.replace(`"attempt":${attempt}`, `"attempt":${attempt}.0`)))).toEqual(["fraction"]);
    const named = text.replace(/"label":"[^"]*"/, '"label":"\\"label\\":{1.5"');
    expect(reasons(await verify(named))).not.toContain("twice");
  });

  it("fails with any byte changed, and says why", async () => {
    const next = random(5);
    for (let n = 0; n < 150; n++) {
      const changed = CONTENT.slice();
      changed[Math.floor(next.next().value! * changed.length)]! ^= 1 + Math.floor(next.next().value! * 255);
      const report = await verify(changed);
      expect(report.ok).toBe(false);
      expect(reasons(report).length).toBeGreaterThan(0);
    }
  }, 60_000);

  it("fails with any value changed", async () => {
    const paths: (string | number)[][] = [];
    const walk = (value: unknown, path: (string | number)[]): void => {
      if (Array.isArray(value)) value.forEach((one, place) => walk(one, [...path, place]));
      else if (value && typeof value === "object") Object.entries(value).forEach(([name, one]) => walk(one, [...path, name]));
      else paths.push(path);
    };
    walk(full.proof, []);
    const other = (value: unknown): unknown =>
      typeof value === "boolean" ? !value : typeof value === "number" ? value + 1
        : typeof value === "string" ? (value.endsWith("0") ? `${value.slice(0, -1)}1` : `${value.slice(0, -1)}0`) : "a";
    for (let n = 0; n < paths.length; n += 7) {
      const proof = copy(), path = paths[n]!;
      let target = proof as unknown as Record<string | number, never>;
      for (const step of path.slice(0, -1)) target = target[step]!;
      const last = path.at(-1)!;
      target[last] = other(target[last]) as never;
      expect((await verify(canonical(proof))).ok, path.join(".")).toBe(false);
    }
  }, 60_000);

  const forgeries: [string, (proof: Proof) => void, string][] = [
    ["an object exchanged", (proof) => {
      const drawn = new Set(proof.result.map((row) => row[0]));
      const [key] = proof.candidates.find((row) => row[2] && row[1] === "s2" && !drawn.has(row[0]))!;
      for (const rows of [proof.result, proof.final]) rows.find((row) => row[1] === "s2")![0] = key;
    }, "objects"],
    ["an officer exchanged", (proof) => {
      for (const rows of [proof.result, proof.final]) {
        const team = rows.find((row) => row[1] === "s2")![2];
        team[0] = proof.officers.find((row) => !team.includes(row[0]))![0];
      }
    }, "teams"],
    ["a candidate left out", (proof) => void proof.candidates.splice(3, 1), "candidates"],
    ["candidates in another order", (proof) => void proof.candidates.reverse(), "candidates"],
    ["an officer left out", (proof) => void proof.officers.splice(3, 1), "officers"],
    ["another secret", (proof) => { proof.secret = "00".repeat(32); }, "secret"],
    ["another lottery result", (proof) => { proof.values[0]!.value = "01 02"; }, "objects"],
    ["another issue", (proof) => { proof.values[0]!.issue = "1"; }, "values"],
    ["a beacon that is not its signature's hash", (proof) => { proof.values[1]!.value = "ab".repeat(32); }, "values"],
    ["a draw before the value was due", (proof) => { proof.drawn_at = "2021-03-02T09:00:00+08:00"; }, "times"],
    ["a value due before the commitment", (proof) => { proof.commitment.committed_at = "2021-03-02T21:30:00+08:00"; }, "times"],
    ["a withdrawal left out", (proof) => void proof.withdrawals.pop(), "withdrawals"],
    ["a stranger withdrawn", (proof) => { proof.withdrawals[0]!.object = "0".repeat(64); }, "withdrawals"],
    ["a row more at the end", (proof) => void proof.final.push(["0".repeat(64), "s1", []]), "withdrawals"],
    ["a member more", (proof) => { (proof as unknown as Record<string, unknown>).more = 1; }, "form"],
    ["a re-draw without a reason", (proof) => { proof.commitment.reason = ""; }, "form"],
    ["a stratum twice", (proof) => void proof.commitment.rules.strata.push(proof.commitment.rules.strata[0]!), "form"],
  ];
  it.each(forgeries)("%s is found even by one who renews the hashes", async (_what, change, code) => {
    const proof = copy();
    change(proof);
    const part = { commitment: proof.commitment, drawn_at: proof.drawn_at, format: proof.format, result: proof.result, secret: proof.secret, values: proof.values };
    const opening = await sha256(canonical(part));
    proof.sha256 = {
      commitment: await sha256(canonical(proof.commitment)), opening,
      final: await sha256(canonical({ opening, withdrawals: proof.withdrawals, final: proof.final })),
    };
    const report = await verify(canonical(proof));
    expect(failed(report)).toContain(code);
    expect(failed(report)).not.toContain("copy");
  });

  it("made anew fails against what was published", async () => {
    const report = await verify(CONTENT, { commitment: "0".repeat(64) });
    expect(failed(report)).toEqual(["published"]);
  });

  it.each(["", "[]", "null", "{}", "[[[", "7", '"x"', canonical({ ...full.proof, candidates: [[1]] }), canonical({ ...full.proof, values: null })])(
    "%.20s breaks nothing", async (text) => expect((await verify(text)).ok).toBe(false));
  it("in bytes that are no UTF-8 is none", async () => {
    expect(reasons(await verify(new Uint8Array([0x22, 0xff, 0x22])))).toEqual(["notJson"]);
  });
});

describe("an object", () => {
  it("finds its own place with salt and identity", async () => {
    const [vector] = vectors.keys;
    expect(await sha256(`chengshu-key/1\n${vector!.salt}\n${vector!.identity}`)).toBe(vector!.key);
    expect(await findKey(full.proof, vector!.salt, vector!.identity)).toBeUndefined();
    const proof = copy();
    proof.candidates[0] = [vector!.key, "s1", 1, ""];
    expect(await findKey(proof, ` ${vector!.salt.toUpperCase()} `, vector!.identity)).toEqual({ eligible: true, drawn: false, final: false });
  });
});

it("a sentence is filled in at its places", () => {
  expect(fill("第 %(n)d 个 %(name)s %(gone)s", { n: 3, name: "$&" })).toBe("第 3 个 $& %(gone)s");
});
