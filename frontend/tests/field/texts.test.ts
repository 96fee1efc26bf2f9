import { describe, expect, it } from "vitest";

const sources = import.meta.glob("../../src/field/**/*.{ts,tsx}", { query: "?raw", import: "default", eager: true }) as Record<string, string>;
const catalogue = Object.values(import.meta.glob("../../../src/chengshu/field/texts.py", { query: "?raw", import: "default", eager: true }) as Record<string, string>)[0]!;
const known = new Set([...catalogue.matchAll(/^ {4}"(\w+)": _\(/gm)].map((found) => found[1]!));

describe("every word of the app", () => {
  it("stands in the server's catalogue", () => {
    const used = Object.values(sources).flatMap((text) => [...text.matchAll(/\bt\("(\w+)"|(?:need|say)\([^"`]*"((?:need|law)_\w+)"/g)].map((found) => found[1] ?? found[2]!));
    expect(used.length).toBeGreaterThan(200);
    expect([...new Set(used)].filter((key) => !known.has(key))).toEqual([]);
  });
  it("also where its key is put together", () => {
    const kinds = Object.values(sources).flatMap((text) => [...text.matchAll(/record\("([\w.]+)"/g)].map((found) => `do_${found[1]!.replace(".", "_")}`));
    const states = ["waiting", "applied", "flagged", "refused"].map((state) => `state_${state}`);
    const tabs = ["today", "map", "checkin", "log", "me"].map((tab) => `tab_${tab}`);
    expect([...kinds, ...states, ...tabs].filter((key) => !known.has(key))).toEqual([]);
  });
});
