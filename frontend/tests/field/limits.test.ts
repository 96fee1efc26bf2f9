import { describe, expect, it } from "vitest";
import { authoritiesOn, left, nextNumber } from "../../src/field/law";
import { filled } from "../../src/field/pure/forms";
import { type CauseRule, type LawCause, type Threshold, type Wanted, allowed, limitFor, problems } from "../../src/field/pure/limits";
import { rmbCapital } from "../../src/field/pure/money";

const rule: CauseRule = {
  valid_from: "2018-01-01", valid_to: null, breach: "a", penalty: "b", mode: "direct", warning: true, parties: ["person", "organisation"], verified: true,
  fines: [
    { party: "person", min: 50, max: 500, unit: "yuan", optional: true, tiers: [{ code: "slight", name: "轻微", min: 50, max: 100 }] },
    { party: "organisation", min: 300, max: 3000, unit: "yuan", optional: false, tiers: [] },
  ],
};
const cause: LawCause = { code: "c1", name: "占道设摊", rules: [rule] };
const thresholds: Threshold[] = [
  { code: "simple_procedure", person: 50, organisation: 1000, valid_from: "2018-01-01", valid_to: "2021-07-14" },
  { code: "simple_procedure", person: 200, organisation: 3000, valid_from: "2021-07-15", valid_to: null },
];
const wanted: Wanted = { party: "person", act_on: "2021-07-10", decided_on: "2021-07-15", fine: 200, warning: false, tier: "" };
const keys = (change: Partial<Wanted>, one: LawCause = cause): string[] => problems(one, thresholds, { ...wanted, ...change }).map((problem) => problem.key);

describe("a decision on the spot", () => {
  it("is limited by the law of the day of the decision, not of the act", () => {
    expect(keys({})).toEqual([]);
    expect(keys({ decided_on: "2021-07-14" })).toEqual(["law_over_limit"]);
    expect(keys({ decided_on: "2021-07-14", fine: 50 })).toEqual([]);
    expect(limitFor(thresholds, "organisation", "2021-07-15")).toBe(3000);
  });
  it("follows the range of the day of the act", () => {
    const changed = { ...cause, rules: [{ ...rule, valid_to: "2021-07-09" }, { ...rule, valid_from: "2021-07-10", fines: [{ ...rule.fines[0]!, min: 20, max: 60 }] }] };
    expect(keys({ fine: 60 }, changed)).toEqual([]);
    expect(keys({ fine: 60, act_on: "2021-07-09" }, changed)).toEqual([]);
    expect(keys({ fine: 20, act_on: "2021-07-09" }, changed)).toEqual(["law_out_of_range"]);
  });
  it("stays inside the tier that was chosen", () => {
    expect(keys({ tier: "slight", fine: 150 })).toEqual(["law_out_of_range"]);
    expect(keys({ tier: "slight", fine: 100 })).toEqual([]);
  });
  it("imposes something, in whole yuan", () => {
    expect(keys({ fine: 0 })).toEqual(["law_nothing"]);
    expect(keys({ fine: 0, warning: true })).toEqual([]);
    expect(keys({ fine: 60.5 })).toEqual(["law_amount"]);
    expect(keys({ fine: 0, warning: true }, { ...cause, rules: [{ ...rule, warning: false }] })).toEqual(["law_no_warning"]);
  });
  it("is not for what the law of the phone does not know", () => {
    expect(keys({ act_on: "2017-12-31" })).toEqual(["law_no_rule"]);
    expect(keys({ act_on: "2021-07-16" })).toEqual(["law_act_later"]);
    expect(problems(cause, [], wanted).map((problem) => problem.key)).toEqual(["law_no_limit"]);
    expect(keys({}, { ...cause, rules: [{ ...rule, fines: [{ ...rule.fines[0]!, unit: "per_m2" }] }] })).toEqual(["law_unit"]);
  });
  it("offers what is left of the range", () => {
    expect(allowed(cause, thresholds, wanted)).toEqual({ min: 50, max: 200 });
    expect(allowed(cause, thresholds, { ...wanted, tier: "slight" })).toEqual({ min: 50, max: 100 });
    expect(allowed(cause, thresholds, { ...wanted, party: "organisation", decided_on: "2021-07-14" })).toEqual({ min: 300, max: 1000 });
    expect(allowed({ ...cause, rules: [{ ...rule, fines: [{ ...rule.fines[0]!, min: 500, max: 900 }] }] }, thresholds, wanted)).toBeNull();
  });
});

describe("numbers", () => {
  const block = (numbers: string[], word = "普", expires_at = "2021-08-01T00:00:00Z") => ({ id: 1, word, numbers, expires_at });
  const now = Date.parse("2021-07-15T00:00:00Z");
  it("come from an open block of the authority's word, each once", () => {
    const blocks = [block(["1"], "普", "2021-07-01T00:00:00Z"), block(["2"], "静"), block(["3", "4"])];
    expect(nextNumber(blocks, "普", new Set(["3"]), now)).toBe("4");
    expect(nextNumber(blocks, "普", new Set(["3", "4"]), now)).toBeNull();
    expect(left(blocks, "普", new Set(["3"]), now)).toBe(1);
  });
  it("are those of the town's authority of the day", () => {
    const of = (town: string, valid_from: string, valid_to: string) => ({ town, town_name: town, name: `${town}${valid_from}`, word: "w", valid_from, valid_to });
    const law = { authorities: [of("A", "2021-07-14", "2021-07-14"), of("A", "2021-07-15", "2021-07-16"), of("B", "2021-07-14", "2021-07-16")] };
    expect(authoritiesOn(law as never, "2021-07-15").map((one) => one.name)).toEqual(["A2021-07-15", "B2021-07-14"]);
  });
});

describe("the paper", () => {
  it.each([[0, "人民币零元整"], [50, "人民币伍拾元整"], [200, "人民币贰佰元整"], [1005, "人民币壹仟零伍元整"], [3000, "人民币叁仟元整"], [10_010, "人民币壹万零壹拾元整"], [100_200, "人民币壹拾万零贰佰元整"]])(
    "writes %i yuan in capitals", (yuan, text) => expect(rmbCapital(yuan)).toBe(text),
  );
  it("puts what was entered in its places and leaves out what stays empty", () => {
    const made = filled(
      [
        { type: "grid", rows: [[{ label: "当事人", value: "{party_name}" }], [{ label: "电话", value: "{party_phone}" }], [{ label: "签收", value: "{statement}", sign: "签名" }]] },
        { type: "paragraphs", texts: ["{facts}。", "罚款{fine_capital}。", "{payment}。"] },
        { type: "closing", authority: "{authority}", date: "{date}" },
      ],
      { party_name: "张某", facts: "占道设摊", fine_capital: "人民币伍拾元整", authority: "某局", date: "2021年7月15日" },
    );
    expect(made).toEqual([
      { type: "grid", rows: [[{ label: "当事人", value: "张某" }], [{ label: "签收", value: "", sign: "签名" }]] },
      { type: "paragraphs", texts: ["占道设摊。", "罚款人民币伍拾元整。"] },
      { type: "closing", authority: "某局", date: "2021年7月15日" },
    ]);
  });
  it("names no certificate that it does not know", () => {
    const made = filled([{ type: "paragraphs", texts: ["{officer1}（执法证号：{certificate1}）"] }], { officer1: "张强" });
    expect(made).toEqual([{ type: "paragraphs", texts: ["张强"] }]);
  });
});
