import { describe, expect, it } from "vitest";
import { proposal } from "../src/desk/onsite";

const GRAVEST = ["6", "3", "8", "2", "5"];
const answer = (found: string, result = "5"): { found: string; result: string } => ({ found, result });

describe("the result that answers lead to", () => {
  it("is none while an entry is not answered", () => {
    expect(proposal([answer("yes"), answer("")], GRAVEST)).toBe("");
    expect(proposal([], GRAVEST)).toBe("");
  });
  it("is 1 where no problem was found", () => expect(proposal([answer("no"), answer("not_applicable")], GRAVEST)).toBe("1"));
  it("is the gravest of several", () => expect(proposal([answer("yes"), answer("yes", "8"), answer("no", "6")], GRAVEST)).toBe("8"));
  it("is the entry's own where the order does not know it", () => expect(proposal([answer("yes", "4")], GRAVEST)).toBe("4"));
});
