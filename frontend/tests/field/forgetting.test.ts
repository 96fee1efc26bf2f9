import { describe, expect, it } from "vitest";
import { Api } from "../../src/field/data/api";
import { keep, recall } from "../../src/field/data/db";
import { decided, draftKey } from "../../src/field/data/drafts";
import { dropForms, forgetOf } from "../../src/field/data/forgetting";
import { recordsOf, tidy, waitingByUser } from "../../src/field/data/outbox";
import { sendAll } from "../../src/field/data/uploader";
import { phone } from "./phone";
import { FakeServer } from "./server";

const DECIDED = { step: 5, number: "1", decided_at: "2022-03-10T09:30:00+08:00", decision: { data: {}, files: [] as string[] } };

describe("a phone that is told to forget", () => {
  it("forgets lists, law and forms at once, and keeps what waits with its files", async () => {
    const { db, record, device, file } = await phone();
    await record("note", {}, [await file(10)]);
    await sendAll(db, new Api(new FakeServer().fetch), device.user, "test");
    const waiting = await record("lead.handle", {}, [await file(20)]);
    const loose = await file(30);
    for (const name of ["today", "law", "blocks", "etag:law", draftKey(1, "lead-7")]) await keep(db, name, { photos: [loose] });
    expect(await forgetOf(db, 1, 1)).toBe(1);
    for (const name of ["today", "law", "blocks", "etag:law", draftKey(1, "lead-7")]) expect(await recall(db, name)).toBeNull();
    expect((await recordsOf(db, 1)).map((row) => row.id)).toEqual([waiting.id]);
    expect((await db.getAll("files")).map((row) => row.sha256)).toEqual(waiting.files);
    const server = new FakeServer();
    server.taken.push({ id: "before", seq: 1, text: "" });
    expect(await sendAll(db, new Api(server.fetch), 1, "test")).toEqual({ state: "done" });
    expect(await forgetOf(db, 1, 1)).toBe(0);
    expect(await db.count("records") + (await db.count("files"))).toBe(0);
  });

  it("touches nothing of another officer", async () => {
    const first = await phone(1);
    const second = await phone(2, first.db);
    const theirs = await second.record("case.simple", {}, [await second.file(40)]);
    await keep(first.db, draftKey(2, "simple-new"), { facts: "x" });
    await keep(first.db, "today", { of: 2 });
    await first.record("note");
    await forgetOf(first.db, 1, 2);
    expect((await recordsOf(first.db, 2)).map((row) => row.id)).toEqual([theirs.id]);
    expect((await first.db.getAll("files")).map((row) => row.sha256)).toEqual(theirs.files);
    expect(await recall(first.db, "today")).toEqual({ of: 2 });
    expect(await recall(first.db, draftKey(2, "simple-new"))).not.toBeNull();
    expect(await first.db.get("devices", 2)).toBeDefined();
  });

  it("is not emptied by a server that stopped half way", async () => {
    const { db, record, device } = await phone();
    const server = new FakeServer();
    server.wipe = true;
    await record("note");
    await record("note");
    server.stopAt = 2;
    const ending = await sendAll(db, new Api(server.fetch), device.user, "test");
    expect(ending.state).toBe("stopped");
    expect(await waitingByUser(db)).toEqual(new Map([[1, 1]]));
  });
});

describe("a decision that was shown but not marked as served", () => {
  it("counts as waiting, and outlives another officer's sign-in and the order to forget", async () => {
    const { db, file } = await phone();
    const mark = await file(50);
    await keep(db, draftKey(1, "simple-new"), { ...DECIDED, decision: { data: {}, files: [mark] } });
    await keep(db, draftKey(1, "simple-7"), { step: 1 });
    expect(await waitingByUser(db)).toEqual(new Map([[1, 1]]));
    await dropForms(db, 1);
    expect(await forgetOf(db, 1, 1)).toBe(1);
    expect((await decided(db)).map(({ key, user }) => [key, user])).toEqual([[draftKey(1, "simple-new"), 1]]);
    expect((await db.getAll("files")).map((row) => row.sha256)).toEqual([mark]);
  });

  it("goes in the moment in which its record is kept", async () => {
    const { db, device, act } = await phone();
    await keep(db, draftKey(1, "simple-new"), DECIDED);
    await act({ kind: "case.simple", data: {}, files: [], position: null, instead: [draftKey(1, "simple-new")] });
    expect(await waitingByUser(db)).toEqual(new Map([[device.user, 1]]));
    expect(await decided(db)).toEqual([]);
  });
});

describe("files of a half-filled form", () => {
  it("stay however old they are", async () => {
    const { db, file } = await phone();
    const [named, loose] = [await file(60), await file(70)];
    await keep(db, draftKey(1, "inspection-3"), { photos: [named] });
    await tidy(db, Date.now() + 1);
    expect((await db.getAll("files")).map((row) => row.sha256)).toEqual([named]);
    expect(loose).not.toBe(named);
  });
});
