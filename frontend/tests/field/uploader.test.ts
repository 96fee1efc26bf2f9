import { describe, expect, it } from "vitest";
import { Api } from "../../src/field/data/api";
import { recordsOf, tidy, waitingByUser } from "../../src/field/data/outbox";
import { sendAll } from "../../src/field/data/uploader";
import { phone } from "./phone";
import { FakeServer, chances } from "./server";

describe("what is kept on the device", () => {
  it("is numbered without a gap, also when many things are done at once", async () => {
    const { record, db, device } = await phone();
    await Promise.all(Array.from({ length: 20 }, (_, n) => record("log.line", { n })));
    const rows = await recordsOf(db, device.user);
    expect(rows.map((row) => row.seq)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
    expect(rows.every((row) => (JSON.parse(row.text) as { seq: number }).seq === row.seq)).toBe(true);
  });

  it("belongs to the officer who did it: another one's waits apart", async () => {
    const first = await phone(1);
    const second = await phone(2, first.db);
    await first.record("note");
    await second.record("note");
    await second.record("note");
    expect(await waitingByUser(first.db)).toEqual(new Map([[1, 1], [2, 2]]));
    const server = new FakeServer();
    await sendAll(first.db, new Api(server.fetch), 2, "test");
    expect(await waitingByUser(first.db)).toEqual(new Map([[1, 1]]));
    expect(server.taken).toHaveLength(2);
  });

  it("is dropped some time after it was answered, but not what waits or was refused", async () => {
    const { db, record, device, file } = await phone();
    const done = await record("note", {}, [await file(10)]);
    const refused = await record("note");
    const server = new FakeServer();
    server.refuse.add(refused.id);
    await sendAll(db, new Api(server.fetch), device.user, "test");
    const waiting = await record("note", {}, [await file(20)]);
    await tidy(db, Date.now() + 1);
    expect((await recordsOf(db, device.user)).map((row) => row.id)).toEqual([refused.id, waiting.id]);
    expect((await db.getAll("files")).map((row) => row.sha256)).toEqual(waiting.files);
    expect(done.id).not.toBe(refused.id);
  });
});

describe("sending", () => {
  it.each([1, 2, 3, 4, 5])("over a connection that fails at random brings everything once and in order (%i)", async (seed) => {
    const random = chances(seed);
    const { db, record, device, file } = await phone();
    const server = new FakeServer(random, 0.35);
    const api = new Api(server.fetch);
    const made: string[] = [];
    for (let n = 0; n < 120; n++) {
      const files = random() < 0.1 ? [await file(1 + Math.floor(random() * 2_500_000))] : [];
      made.push((await record("log.line", { n }, files)).id);
      if (random() < 0.05) await sendAll(db, api, device.user, "test");
    }
    for (let tries = 0; tries < 2_000; tries++) {
      if ((await sendAll(db, api, device.user, "test")).state === "done") break;
    }
    expect(server.taken.map((one) => one.id)).toEqual(made);
    for (const sha256 of server.files.keys()) expect(await server.digest(sha256)).toBe(sha256);
    expect(await waitingByUser(db)).toEqual(new Map());
  }, 60_000);

  it("keeps the reason of a refusal and goes on with what follows", async () => {
    const { db, record, device } = await phone();
    const server = new FakeServer();
    server.refuse.add((await record("lead.accept")).id);
    await record("note");
    expect(await sendAll(db, new Api(server.fetch), device.user, "test")).toEqual({ state: "done" });
    expect((await recordsOf(db, device.user)).map((row) => [row.state, row.messages])).toEqual([["refused", ["no"]], ["applied", []]]);
  });

  it("stops when signed out and loses nothing", async () => {
    const { db, record, device } = await phone();
    await record("note");
    const server = new FakeServer();
    server.signedOut = true;
    expect(await sendAll(db, new Api(server.fetch), device.user, "test")).toEqual({ state: "signed_out" });
    expect(await waitingByUser(db)).toEqual(new Map([[1, 1]]));
  });

  it("sends again, in the same words, what a server that was set back has lost", async () => {
    const { db, record, device } = await phone();
    const server = new FakeServer();
    const api = new Api(server.fetch);
    for (let n = 0; n < 3; n++) await record("note", { n });
    await sendAll(db, api, device.user, "test");
    const words = server.taken.map((one) => one.text);
    server.taken = server.taken.slice(0, 1);
    await record("note", { n: 3 });
    expect(await sendAll(db, api, device.user, "test")).toEqual({ state: "done" });
    expect(server.taken.map((one) => one.text).slice(0, 3)).toEqual(words);
    expect(server.taken).toHaveLength(4);
  });

  it("registers the device anew where the server no longer knows it", async () => {
    const { db, record, device } = await phone();
    const server = new FakeServer();
    await record("note");
    await sendAll(db, new Api(server.fetch), device.user, "test");
    server.registered = false;
    await record("note");
    expect(await sendAll(db, new Api(server.fetch), device.user, "test")).toEqual({ state: "done" });
    expect(server.taken).toHaveLength(2);
  });

  it("sends a file again that the server says it lacks", async () => {
    const { db, record, device, file } = await phone();
    const server = new FakeServer();
    const sha = await file(5);
    const row = await record("note", {}, [sha]);
    await db.put("files", { ...(await db.get("files", sha))!, state: "sent" });
    expect(await sendAll(db, new Api(server.fetch), device.user, "test")).toEqual({ state: "done" });
    expect(server.taken[0]!.id).toBe(row.id);
  });

  it("tells the app to forget everything when the server says so", async () => {
    const { db, record, device } = await phone();
    await record("note");
    const server = new FakeServer();
    server.wipe = true;
    expect(await sendAll(db, new Api(server.fetch), device.user, "test")).toEqual({ state: "wipe" });
  });
});

describe("nothing is held up", () => {
  it("by a file that never arrives as it was signed", async () => {
    const { db, record, device, file } = await phone();
    const server = new FakeServer();
    const hash = await file(10);
    server.never.add(hash);
    await record("lead.handle", {}, [hash]);
    await record("note");
    expect(await sendAll(db, new Api(server.fetch), device.user, "test")).toEqual({ state: "done" });
    expect(server.givenUp).toEqual(new Set([hash]));
    expect(server.taken).toHaveLength(2);
  });

  it("by a file whose bytes the phone has lost", async () => {
    const { db, record, device, file } = await phone();
    const server = new FakeServer();
    const hash = await file(10);
    await record("lead.handle", {}, [hash]);
    await db.put("files", { ...(await db.get("files", hash))!, blob: null });
    await record("note");
    expect(await sendAll(db, new Api(server.fetch), device.user, "test")).toEqual({ state: "done" });
    expect(server.givenUp).toEqual(new Set([hash]));
  });

  it("by a record that was damaged on the phone: its words go under its number", async () => {
    const { db, record, device } = await phone();
    const keys = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
    await db.put("devices", { ...device, private_key: keys.privateKey });
    const row = await record("case.simple", { number: "№7" });
    await record("note");
    const server = new FakeServer();
    const api = new Api(async (address, options) => {
      // Whatever the signature, these words are not accepted.
      const body = address.endsWith("records") ? (JSON.parse(String(options?.body)) as { records: { text: string; signature: string }[] }) : null;
      for (const one of body?.records ?? []) if (one.text === row.text) server.badSignatures.add(one.signature);
      return server.fetch(address, options);
    });
    expect(await sendAll(db, api, device.user, "test")).toEqual({ state: "done" });
    const [first, second] = server.taken.map((one) => JSON.parse(one.text) as { seq: number; kind: string; data: Record<string, string> });
    expect([first!.seq, first!.kind, first!.data["kind"], first!.data["number"], first!.data["text"]]).toEqual([1, "damaged", "case.simple", "№7", row.text]);
    expect(second!.seq).toBe(2);
  });

  it("and the bytes of what was refused stay on the phone", async () => {
    const { db, record, device, file } = await phone();
    const server = new FakeServer();
    const [kept, gone] = [await file(10), await file(20)];
    server.refuse.add((await record("lead.handle", {}, [kept])).id);
    await record("note", {}, [gone]);
    await sendAll(db, new Api(server.fetch), device.user, "test");
    expect((await db.get("files", kept))?.blob).not.toBeNull();
    expect((await db.get("files", gone))?.blob).toBeNull();
  });
});

describe("requests", () => {
  it("say once that somebody touched the app", async () => {
    const said: (string | null)[] = [];
    const api = new Api(async (_address, options) => {
      said.push(new Headers(options?.headers).get("X-Touched"));
      return Response.json({});
    });
    await api.session(null);
    api.touched = true;
    await api.session(null);
    await api.session(null);
    expect(said).toEqual([null, "1", null]);
  });
});
