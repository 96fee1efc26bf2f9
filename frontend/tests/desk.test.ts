import { describe, expect, it } from "vitest";
import { emptyNames, fileSize, isSignIn, nextIndex, sentenceFor, Sequence, signInAddress } from "../src/desk/pure";

describe("failed requests", () => {
  it.each([
    [0, "offline"],
    [403, "forbidden"],
    [404, "missing"],
    [410, "missing"],
    [409, "conflict"],
    [412, "conflict"],
    [400, "error"],
    [500, "error"],
    [503, "error"],
  ])("%i says %s", (status, sentence) => expect(sentenceFor(status)).toBe(sentence));
});

describe("an expired session", () => {
  it("is seen by where the answer came from", () => {
    expect(isSignIn("http://x.cn/accounts/login/?next=/a", "/accounts/login/")).toBe(true);
    expect(isSignIn("http://x.cn/registry/", "/accounts/login/")).toBe(false);
    expect(isSignIn("", "/accounts/login/")).toBe(false);
    expect(isSignIn("http://x.cn/registry/", "")).toBe(false);
  });
  it("comes back to the page in hand, filters included", () => {
    const address = signInAddress("/accounts/login/", { pathname: "/registry/", search: "?q=店&town=1" });
    expect(new URL(address, "http://x").searchParams.get("next")).toBe("/registry/?q=店&town=1");
  });
});

describe("keys", () => {
  it("g and a letter make a sequence, in time", () => {
    const sequence = new Sequence("g", 1000);
    expect(sequence.press("r", 0)).toBeNull();
    expect(sequence.press("g", 100)).toBeNull();
    expect(sequence.press("r", 900)).toBe("r");
    expect(sequence.press("r", 950)).toBeNull();
    expect(sequence.press("g", 2000)).toBeNull();
    expect(sequence.press("r", 3500)).toBeNull();
  });
  it("g g is a sequence too", () => {
    const sequence = new Sequence("g", 1000);
    sequence.press("g", 0);
    expect(sequence.press("g", 10)).toBe("g");
  });
  it.each([
    [-1, 1, 5, 0],
    [-1, -1, 5, 4],
    [0, -1, 5, 0],
    [4, 1, 5, 4],
    [2, 1, 5, 3],
    [-1, 1, 0, -1],
  ])("from row %i by %i of %i to %i", (current, step, count, to) => expect(nextIndex(current, step, count)).toBe(to));
});

it("sizes are read by people", () => {
  expect(fileSize(0)).toBe("1 KB");
  expect(fileSize(1_000_000)).toBe("977 KB");
  expect(fileSize(5 * 1024 * 1024)).toBe("5.0 MB");
});

it("empty filters are left out of the address", () => {
  expect(emptyNames([["q", ""], ["town", "1"], ["state", ""]])).toEqual(["q", "state"]);
});
