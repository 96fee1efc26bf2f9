import { describe, expect, it } from "vitest";
import { dutyNow, isPast, mayRecord } from "../../src/field/pure/duty";

const at = (text: string): number => Date.parse(`2020-11-30T${text}:00+08:00`);
const duty = (id: number, from: string, to: string) => ({
  id, starts_at: `2020-11-30T${from}:00+08:00`, ends_at: `2020-11-30T${to}:00+08:00`, duty: "patrol", unit: "中队",
});

describe("positions", () => {
  const morning = duty(1, "08:00", "12:00");
  it("are recorded inside the hours of a duty that was begun", () => {
    expect(["07:59", "08:00", "11:59", "12:00"].map((time) => mayRecord(morning, true, at(time)))).toEqual([false, true, true, false]);
  });
  it("are not recorded without a duty, or where the officer switched it off", () => {
    expect([mayRecord(null, true, at("09:00")), mayRecord(morning, false, at("09:00"))]).toEqual([false, false]);
  });
});

describe("a duty nobody has ended", () => {
  it("can be ended for an hour after its hours, and is forgotten then", () => {
    const morning = duty(1, "08:00", "12:00");
    expect(["11:59", "12:00", "12:59", "13:00"].map((time) => isPast(morning, at(time)))).toEqual([false, false, false, true]);
  });
});

describe("the duty to begin", () => {
  const duties = [duty(2, "13:00", "17:00"), duty(1, "08:00", "12:00")];
  it("is the one that runs, or the next within the hour", () => {
    expect(["06:59", "07:00", "11:59", "12:30", "17:00"].map((time) => dutyNow(duties, at(time))?.id ?? null)).toEqual([null, 1, 1, 2, null]);
  });
});
