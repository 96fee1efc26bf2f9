import { describe, expect, it } from "vitest";
import { Playback, type Day } from "../src/command/playback";
import { filterOf, light, matches, NO_FILTER, ordered, span, State, timeLeft, withFilter } from "../src/command/queue";
import type { Lead, LeadEvent, Snapshot } from "../src/command/types";

const NOW = Date.parse("2026-05-06T10:00:00+08:00");
const at = (minutes: number): string => new Date(NOW + minutes * 60_000).toISOString();
const texts = { left: "{time} left", late: "{time} over", noLimit: "no limit", day: "{n} d", hour: "{n} h", minute: "{n} min" };
const names = { 1: { label: "占道设摊", major: "街面秩序" }, 2: { label: "暴露垃圾", major: "市容环境" } };

function lead(id: number, more: Partial<Lead> = {}): Lead {
  return {
    id, number: `2605X${id}`, version: 1, stage: "registered", class: 1, source: "patrol", severity: 1, squad: 7,
    officer: null, town: 1, lng: 121.4, lat: 31.2, address: "长寿路100号", handle_by: at(600), amber_at: at(300),
    handled_at: null, held: false, reported_at: at(-60), ...more,
  };
}

function snapshot(leads: Lead[], more: Partial<Snapshot> = {}): Snapshot {
  return { position: 5, now: at(0), leads, total: leads.length, found: [], closed: [], alarms: [], officers: [], people: {}, ...more };
}

function state(leads: Lead[], squad: number | null = null): State {
  const made = new State(squad);
  made.load(snapshot(leads));
  return made;
}

const event = (id: number, version: number, more: Partial<LeadEvent> = {}): LeadEvent => ({ ...lead(id), version, action: "dispatch", stage: "dispatched", ...more });

describe("the light", () => {
  it.each([
    ["green before amber", {}, "green"],
    ["amber from its share on", { amber_at: at(0) }, "amber"],
    ["red after the deadline", { handle_by: at(-1) }, "red"],
    ["none on hold", { held: true, handle_by: at(-1) }, "held"],
    ["red for good when handled late", { handled_at: at(-5), handle_by: at(-10) }, "red"],
    ["green when handled in time", { handled_at: at(-15), handle_by: at(-10) }, "green"],
    ["green without a deadline", { handle_by: null, amber_at: null }, "green"],
  ])("is %s", (_what, more, expected) => expect(light(lead(1, more as Partial<Lead>), NOW)).toBe(expected));
});

describe("the order", () => {
  it("is by light, then deadline; what has none yet leads its light", () => {
    const leads = [
      lead(1), lead(2, { handle_by: at(400) }), lead(3, { handle_by: null, amber_at: null }), lead(4, { held: true }),
      lead(5, { handle_by: at(-1) }), lead(6, { handle_by: at(-100) }), lead(7, { amber_at: at(-1) }),
    ];
    expect(ordered(leads, NOW).map((one) => one.id)).toEqual([6, 5, 7, 3, 2, 1, 4]);
  });
  it("is the same whatever the order of arrival", () => {
    const leads = [1, 2, 3, 4, 5].map((id) => lead(id, { handle_by: at(100 * (id % 2)) }));
    expect(ordered([...leads].reverse(), NOW)).toEqual(ordered(leads, NOW));
  });
});

describe("events", () => {
  it("change a lead once, whatever comes twice or late", () => {
    const room = state([lead(1)]);
    expect(room.lead(event(1, 3, { officer: 9 }))).toBe(true);
    expect(room.lead(event(1, 3, { officer: 8 }))).toBe(false);
    expect(room.lead(event(1, 2, { officer: 7 }))).toBe(false);
    expect(room.leads.get(1)?.officer).toBe(9);
  });
  it("lead to the same state in any order", () => {
    const events = [event(1, 2), event(1, 3, { stage: "accepted" }), event(1, 4, { stage: "closed", action: "close" }), event(2, 1, { action: "report", stage: "found" })];
    const rooms = [events, [...events].reverse(), [...events, ...events]].map((order) => {
      const room = state([lead(1)]);
      for (const one of order) room.lead(one);
      return room;
    });
    for (const room of rooms) {
      expect([...room.leads.keys()]).toEqual([2]);
      expect([...room.found]).toEqual([2]);
      expect([...room.closed]).toEqual([1]);
    }
  });
  it("bring a reopened lead back", () => {
    const room = state([lead(1)]);
    room.lead(event(1, 2, { stage: "closed", action: "close" }));
    expect(room.leads.has(1)).toBe(false);
    room.lead(event(1, 3, { stage: "registered", action: "reopen" }));
    expect(room.leads.get(1)?.stage).toBe("registered");
  });
  it("take a lead out of a squad's room when it goes to another, and only there", () => {
    const squad = state([lead(1)], 7);
    squad.lead({ id: 1, version: 2, gone: true });
    expect(squad.leads.size).toBe(0);
    squad.lead(event(1, 3, { squad: 7 }));
    expect(squad.leads.size).toBe(1);
    squad.lead(event(1, 4, { squad: 8 }));
    expect(squad.leads.size).toBe(0);
    const district = state([lead(1)]);
    district.lead(event(1, 2, { squad: 8 }));
    expect(district.lead({ id: 1, version: 2, gone: true })).toBe(false);
    expect(district.leads.get(1)?.squad).toBe(8);
  });
  it("alarms stand until they are cleared", () => {
    const room = state([lead(1)]);
    const alarm = { id: 3, lead: 1, kind: "overdue", level: "squad", raised_at: at(0) };
    room.alarm(alarm);
    expect(room.alarms.get(3)?.number).toBe("2605X1");
    expect(room.alarm({ ...alarm, cleared_at: at(1) })).toBe(true);
    expect(room.alarms.size).toBe(0);
  });
  it("a position counts for who is on duty, and only a newer one", () => {
    const room = state([]);
    room.officers.set(9, { id: 9, name: "王伟", squad: 7, duty: "patrol", lng: null, lat: null, at: null });
    expect(room.seen({ user: 9, lng: 121, lat: 31, at: at(-1) })).toBe(true);
    expect(room.seen({ user: 9, lng: 122, lat: 31, at: at(-2) })).toBe(false);
    expect(room.seen({ user: 8, lng: 122, lat: 31, at: at(0) })).toBe(false);
    expect(room.officers.get(9)?.lng).toBe(121);
  });
});

it("an officer is busy with what was accepted; what was dispatched waits", () => {
  const room = state([lead(1, { officer: 9, stage: "accepted" }), lead(2, { officer: 9, stage: "dispatched" }), lead(3, { officer: 9, stage: "handled" })]);
  expect(room.loads().get(9)).toEqual({ accepted: 1, waiting: 1 });
});

describe("the filter", () => {
  const wants = (filter: Partial<typeof NO_FILTER>, one = lead(1)): boolean => matches(one, { ...NO_FILTER, ...filter }, NOW, names);
  it("looks at light, stage, source, class, squad and every word", () => {
    expect(wants({})).toBe(true);
    expect(wants({ light: "red" })).toBe(false);
    expect(wants({ stage: "registered", source: "patrol", major: "街面秩序", squad: "7" })).toBe(true);
    expect(wants({ major: "市容环境" })).toBe(false);
    expect(wants({ q: "长寿 2605x" })).toBe(true);
    expect(wants({ q: "长寿 曹杨" })).toBe(false);
  });
  it("lives in the address and leaves the rest of it alone", () => {
    const filter = { ...NO_FILTER, q: "长寿 路", light: "red" };
    expect(filterOf(withFilter("?mode=desk", filter))).toEqual(filter);
    expect(withFilter("?mode=desk&q=x", NO_FILTER)).toBe("?mode=desk");
  });
});

it("time is told in the largest unit that fits", () => {
  expect([30, 119, 120, 2879, 2880].map((minutes) => span(minutes * 60_000, texts))).toEqual(["30 min", "119 min", "2 h", "47 h", "2 d"]);
  expect(timeLeft(lead(1, { handle_by: at(-30) }), NOW, texts)).toBe("30 min over");
  expect(timeLeft(lead(1, { handle_by: null }), NOW, texts)).toBe("no limit");
});

describe("the replay", () => {
  const facts = { number: "n", class: 1, source: "patrol", severity: 1, town: 1, lng: 1, lat: 1, address: "", handle_by: at(60), amber_at: at(30), reported_at: at(-600) };
  const day: Day = {
    begins: at(0),
    ends: at(1440),
    leads: [{ ...facts, id: 1 }, { ...facts, id: 2 }],
    before: [{ lead: 1, version: 3, stage: "dispatched", squad: 7, officer: 9, held: false, handled_at: null }],
    steps: [
      { lead: 2, version: 1, at: at(10), action: "report", stage: "found", squad: 7, officer: null },
      { lead: 1, version: 4, at: at(20), action: "hold", stage: "dispatched", squad: 7, officer: 9 },
      { lead: 1, version: 5, at: at(30), action: "resume", stage: "dispatched", squad: 7, officer: 9 },
      { lead: 1, version: 6, at: at(40), action: "handle", stage: "handled", squad: 7, officer: 9 },
      { lead: 2, version: 2, at: at(50), action: "dismiss", stage: "closed", squad: 7, officer: null },
    ],
  };
  const moment = (minutes: number): number => NOW + minutes * 60_000;
  it("shows any moment as it was, forwards and backwards", () => {
    const play = new Playback(day);
    expect(play.at(moment(0)).map((one) => one.id)).toEqual([1]);
    expect(play.at(moment(25)).find((one) => one.id === 1)?.held).toBe(true);
    expect(play.at(moment(45)).find((one) => one.id === 1)).toMatchObject({ stage: "handled", held: false, handled_at: at(40) });
    expect(play.at(moment(60)).map((one) => one.id)).toEqual([1]);
    expect([play.found, play.closed]).toEqual([1, 1]);
    expect(play.at(moment(12)).map((one) => one.id).sort()).toEqual([1, 2]);
    expect([play.found, play.closed]).toEqual([1, 0]);
  });
});
