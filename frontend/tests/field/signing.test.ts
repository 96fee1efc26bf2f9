import { describe, expect, it } from "vitest";
import { changed, emptyDraft } from "../../src/field/screens/simple-draft";

const signed = {
  ...emptyDraft(),
  step: 4, cause: "waste.littering", fine: 100, town: "a", officer2: 2, number: "№1", decided_at: "2022-03-10T09:30:00+08:00",
  signatures: { officer1: "1", officer2: "2", party: "3" },
  decision: { data: {} as never, files: [] },
};

describe("what was signed", () => {
  it.each([{ fine: 200 }, { town: "b" }, { facts: "另外" }, { party: { ...signed.party, name: "李四" } }, { officer2: 3 }, { cash: true }])(
    "is signed by nobody any more once it says something else: %o",
    (change) => {
      const after = { ...signed, ...changed(signed, change) };
      expect(after.signatures).toEqual({ officer1: null, officer2: null, party: null });
      expect([after.number, after.decided_at, after.decision]).toEqual(["", "", null]);
    },
  );

  it("stays where nothing is changed", () => {
    for (const change of [{ step: 1 }, { fine: 100 }, { facts: signed.facts }]) expect({ ...signed, ...changed(signed, change) }).toEqual({ ...signed, ...change });
  });

  it("keeps the officers' signatures where the party refuses to sign", () => {
    const after = { ...signed, ...changed(signed, { refused_to_sign: true }) };
    expect(after.signatures).toEqual({ officer1: "1", officer2: "2", party: null });
    expect([after.number, after.decision]).toEqual(["№1", null]);
  });

  it("is shown again where somebody signs again or a photo comes or goes", () => {
    for (const change of [{ signatures: { ...signed.signatures, party: "4" } }, { photos: ["p"] }]) {
      const after = { ...signed, ...changed(signed, change) };
      expect([after.number, after.decided_at, after.decision]).toEqual(["№1", "", null]);
      expect(after.signatures.officer1).toBe("1");
    }
  });
});
