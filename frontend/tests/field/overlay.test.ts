import { describe, expect, it } from "vitest";
import { overlaid, unseen } from "../../src/field/pure/overlay";
import type { RecordRow, Snapshot } from "../../src/field/types";

const list = {
  made_at: "2020-11-30T08:00:00+08:00", valid_until: "2020-12-01T08:00:00+08:00", duty: [], colleagues: [], rounds: [{ id: 5 }],
  leads: [{ id: 1, actions: ["accept", "return"], recheck_on: null }],
  inspections: [{ id: 2, state: "assigned", rectify_by: null }],
  beats: [{ id: 1, points: [{ id: 9, tags: [{ code: "P1", kind: "dynamic" }], done_today: 0 }, { id: 10, tags: [], done_today: 0 }] }],
  equipment: [{ id: 4, mine: false }], log: { duty: 7, line: "" },
} as unknown as Snapshot;

const did = (kind: string, about: Record<string, unknown>, more: Partial<RecordRow> = {}): RecordRow =>
  ({ kind, about, state: "waiting", server_time: null, ...more }) as RecordRow;

describe("the list before the server has answered", () => {
  it("offers the next step of a lead", () => {
    const after = (...records: RecordRow[]): string[] => overlaid(list, records).leads[0]!.actions;
    expect(after(did("lead.accept", { lead: 1 }))).toEqual(["arrive", "handle", "order"]);
    expect(after(did("lead.accept", { lead: 1 }), did("lead.arrive", { lead: 1 }))).toEqual(["handle", "order"]);
    expect(after(did("lead.accept", { lead: 1 }), did("lead.handle", { lead: 1 }))).toEqual([]);
    expect(after(did("lead.accept", { lead: 2 }))).toEqual(["accept", "return"]);
  });
  it("moves an inspection on", () => {
    const state = (...records: RecordRow[]): string => overlaid(list, records).inspections[0]!.state;
    expect(state(did("inspection.start", { inspection: 2 }))).toBe("started");
    expect(state(did("inspection.report", { inspection: 2, result: 5, rectify_by: "2020-12-07" }))).toBe("ordered");
    expect(state(did("inspection.report", { inspection: 2, result: 1 }))).toBe("closed");
  });
  it("counts check-ins, by tag and by point, and drops what was verified", () => {
    const after = overlaid(list, [did("check_in", { code: "P1" }), did("check_in", { point: 10 }), did("round.verify", { item: 5 })]);
    expect(after.beats[0]!.points.map((point) => point.done_today)).toEqual([1, 1]);
    expect(after.rounds).toEqual([]);
  });
  it("says who has the equipment and what stands in the log", () => {
    const after = overlaid(list, [did("equipment.take", { equipment: 4 }), did("log.line", { duty: 7, line: "平安" })]);
    expect([after.equipment[0]!.mine, after.log!.line]).toEqual([true, "平安"]);
  });
  it("leaves out what was refused, and what the list already knows", () => {
    const records = [
      did("lead.accept", { lead: 1 }, { state: "refused", server_time: "2020-11-30T00:01:00Z" }),
      did("lead.accept", { lead: 1 }, { state: "applied", server_time: "2020-11-29T23:59:00Z" }),
      did("lead.accept", { lead: 1 }, { state: "applied", server_time: "2020-11-30T00:01:00Z" }),
    ];
    expect(unseen(list, records)).toEqual([records[2]]);
  });
});
