import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { listen, stored, streamUrl, type LiveEvent, type LiveState } from "../src/live";

class FakeSource extends EventTarget {
  static readonly CLOSED = 2;
  static all: FakeSource[] = [];
  readyState = 0;
  constructor(readonly url: string) {
    super();
    FakeSource.all.push(this);
  }
  close(): void {
    this.readyState = FakeSource.CLOSED;
  }
  opens(): void {
    this.readyState = 1;
    this.dispatchEvent(new Event("open"));
  }
  fails(finally_ = false): void {
    this.readyState = finally_ ? FakeSource.CLOSED : 0;
    this.dispatchEvent(new Event("error"));
  }
  says(type: string, id: number, data: object = {}): void {
    const event = Object.assign(new Event(type), { lastEventId: String(id), data: JSON.stringify(data) });
    this.dispatchEvent(event);
  }
}

class FakePage extends EventTarget {
  visibilityState = "visible";
  turns(state: "visible" | "hidden"): void {
    this.visibilityState = state;
    this.dispatchEvent(new Event("visibilitychange"));
  }
}

let page: FakePage;
let kept: Map<string, string>;
const last = (): FakeSource => FakeSource.all.at(-1)!;

beforeEach(() => {
  vi.useFakeTimers();
  FakeSource.all = [];
  page = new FakePage();
  kept = new Map();
  vi.stubGlobal("EventSource", FakeSource);
  vi.stubGlobal("document", page);
  vi.stubGlobal("sessionStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function hear(topic: string): LiveEvent[] {
  const heard: LiveEvent[] = [];
  page.addEventListener(`live:${topic}`, (event) => heard.push((event as CustomEvent<LiveEvent>).detail));
  return heard;
}

describe("the address", () => {
  it("names topics and the place to go on from", () => {
    expect(streamUrl("/e", ["lead", "notice"], 7)).toBe("/e?topics=lead%2Cnotice&after=7");
    expect(streamUrl("/e", [], null)).toBe("/e");
    expect(streamUrl("/e", [], 0)).toBe("/e?after=0");
  });
});

describe("events", () => {
  it("reach the document by topic, each once and with its data", () => {
    const heard = hear("lead");
    listen({ topics: ["lead"], after: 4 });
    last().says("lead", 5, { subject: "lead:1" });
    last().says("lead", 5, { subject: "lead:1" });
    last().says("lead", 6, { subject: "lead:2" });
    expect(heard.map((event) => event.subject)).toEqual(["lead:1", "lead:2"]);
  });

  it("go on after a reload where the page was", () => {
    const live = listen({ topics: ["b", "a"] });
    expect(last().url).not.toContain("after");
    last().says("hello", 10);
    last().says("a", 12);
    live.close();
    expect(stored(["a", "b"])).toBe(12);
    listen({ topics: ["a", "b"] });
    expect(last().url).toContain("after=12");
    listen({ topics: ["a", "b"], after: 20 });
    expect(last().url).toContain("after=20");
  });

  it("a stored place that is none is not used", () => {
    kept.set("chengshu.live:a", "x");
    expect(stored(["a"])).toBeNull();
  });

  it("when too much was missed the page is told, and goes on from the new place even if it is lower", () => {
    const reset = vi.fn();
    const live = listen({ topics: ["lead"], after: 90, onReset: reset });
    last().says("reset", 30);
    expect(reset).toHaveBeenCalledOnce();
    expect(live.position).toBe(30);
  });
});

describe("the connection", () => {
  it("is live, reconnecting, offline after a while, and live again", () => {
    const states: LiveState[] = [];
    listen({ topics: ["lead"], onState: (state) => states.push(state), offlineMs: 1000 });
    last().opens();
    last().fails();
    vi.advanceTimersByTime(500);
    last().fails();
    vi.advanceTimersByTime(600);
    last().opens();
    expect(states).toEqual(["live", "reconnecting", "offline", "live"]);
  });

  it("a short interruption is not called offline", () => {
    const states: LiveState[] = [];
    listen({ topics: ["lead"], onState: (state) => states.push(state), offlineMs: 1000 });
    last().opens();
    last().fails();
    last().opens();
    vi.advanceTimersByTime(5000);
    expect(states).toEqual(["live", "reconnecting", "live"]);
  });

  it("a refusal ends it", () => {
    const live = listen({ topics: ["lead"] });
    last().fails(true);
    expect(live.state).toBe("offline");
  });

  it("is given up while nobody looks, and comes back with the last place", () => {
    listen({ topics: ["lead"], hiddenMs: 1000 });
    last().opens();
    last().says("lead", 8);
    page.turns("hidden");
    vi.advanceTimersByTime(500);
    page.turns("visible");
    expect(FakeSource.all).toHaveLength(1);
    page.turns("hidden");
    vi.advanceTimersByTime(1500);
    expect(last().readyState).toBe(FakeSource.CLOSED);
    page.turns("visible");
    expect(FakeSource.all).toHaveLength(2);
    expect(last().url).toContain("after=8");
  });

  it("ends when it is closed", () => {
    const live = listen({ topics: ["lead"] });
    live.close();
    page.turns("hidden");
    page.turns("visible");
    expect(FakeSource.all).toHaveLength(1);
    expect(last().readyState).toBe(FakeSource.CLOSED);
  });
});
