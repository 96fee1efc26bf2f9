import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { startBell } from "../src/desk/bell";

class FakePage extends EventTarget {
  visibilityState = "visible";
  body = new EventTarget();
  turns(state: "visible" | "hidden"): void {
    this.visibilityState = state;
    this.dispatchEvent(new Event("visibilitychange"));
  }
}

let page: FakePage;
let asked: number;

beforeEach(() => {
  vi.useFakeTimers();
  page = new FakePage();
  asked = 0;
  page.body.addEventListener("notices-changed", () => asked++);
  vi.stubGlobal("document", page);
  startBell();
});
afterEach(() => {
  vi.clearAllTimers();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("the bell", () => {
  it("asks every minute while somebody looks", () => {
    vi.advanceTimersByTime(180_000);
    expect(asked).toBe(3);
  });
  it("does not ask while nobody looks, and at once when somebody looks again", () => {
    page.turns("hidden");
    vi.advanceTimersByTime(600_000);
    expect(asked).toBe(0);
    page.turns("visible");
    expect(asked).toBe(1);
    page.turns("hidden");
    page.turns("visible");
    expect(asked).toBe(1);
  });
  it("asks soon after a pushed notice, once for many", () => {
    for (let n = 0; n < 5; n++) page.dispatchEvent(new Event("live:notice"));
    vi.advanceTimersByTime(1_500);
    expect(asked).toBe(1);
    page.dispatchEvent(new Event("live:notice"));
    vi.advanceTimersByTime(1_500);
    expect(asked).toBe(2);
  });
});
