/** Contact with the server: who this is, what the clock says, send what waits, fetch what has changed. */
import * as app from "../app";
import { Unreachable } from "../data/api";
import { forget, keep, purge, recall } from "../data/db";
import { deviceOf } from "../data/device";
import { decided } from "../data/drafts";
import { dropForms, forgetOf, mark, statement } from "../data/forgetting";
import { ifFree } from "../data/locks";
import { recordsOf, tidy, waitingByUser } from "../data/outbox";
import { sendAll } from "../data/uploader";
import type { Block, Law } from "../law";
import { authoritiesOn, left } from "../law";
import { backoff } from "../pure/backoff";
import { dayIn, offsetOf } from "../pure/clock";
import type { OnDuty } from "../pure/duty";
import { uuid7 } from "../pure/uuid7";
import { BLOCK_REFILL, KEEP_SENT_MS, REFRESH_EVERY_MS, ZONE } from "../settings";
import type { DeviceRow, Person, Session, Snapshot } from "../types";
import { keptOffset, lookAtClock } from "./clock";
import { stopWorker } from "./updates";

/** Tells other tabs of the app on this phone that records or their states have changed. */
export const channel = new BroadcastChannel("chengshu-field");

const USE = "field.use";

let timer = 0;
let tries = 0;
let running: Promise<void> | null = null;
let again = false;
let erased = false;

/** What was kept, shown before the server is asked. */
export async function restore(): Promise<void> {
  const { db } = app.base;
  const person = await recall<Person>(db, "user");
  app.user.value = person;
  if (!person) return;
  const [snapshot, law, blocks, duty, offset, recording] = await Promise.all([
    recall<Snapshot>(db, "today"),
    recall<Law>(db, "law"),
    recall<Block[]>(db, "blocks"),
    recall<OnDuty>(db, "duty"),
    keptOffset(),
    recall<boolean>(db, "recording"),
  ]);
  app.numbersTaken.value = (await recall<string[]>(db, "numbers")) ?? [];
  app.permissions.value = (await recall<string[]>(db, "permissions")) ?? [];
  app.fileLimits.value = (await recall<typeof app.fileLimits.value>(db, "limits")) ?? {};
  app.ground.value = (await recall<string>(db, "ground")) ?? "";
  app.snapshot.value = snapshot;
  app.law.value = law;
  app.blocks.value = blocks ?? [];
  app.duty.value = duty;
  app.clockOffset.value = offset;
  app.recording.value = recording ?? true;
  app.device.value = (await db.get("devices", person.id)) ?? null;
  app.forgetting.value = app.device.value?.wipe ?? false;
  await reread();
}

/** Records and files as the database has them. */
export async function reread(): Promise<void> {
  const { db } = app.base;
  const id = app.user.value?.id;
  app.records.value = id === undefined ? [] : await recordsOf(db, id);
  app.files.value = (await db.getAll("files")).filter((file) => file.user === id);
  app.decided.value = (await decided(db)).filter((one) => one.user === id);
  let others = 0;
  for (const [who, count] of await waitingByUser(db)) if (who !== id) others += count;
  app.waitingOfOthers.value = others;
}

/** Ask for a contact now; while one is going on, another one follows it. */
export function sync(): Promise<void> {
  clearTimeout(timer);
  if (app.gone.value) return erased ? Promise.resolve() : farewells().catch(unlessCut);
  if (running) {
    again = true;
    return running;
  }
  running = contact().finally(() => {
    running = null;
    const soon = again;
    again = false;
    if (app.gone.value) return;
    if (soon) void sync();
    else timer = window.setTimeout(() => void sync(), tries ? backoff(tries) : REFRESH_EVERY_MS);
  });
  return running;
}

/** A contact that begins after this call: what is shown then is what the server has now. */
export async function fresh(): Promise<void> {
  if (running) await running;
  await sync();
}

async function contact(): Promise<void> {
  try {
    await farewells();
    const asked = Date.now();
    const session = await app.api.session(app.device.value?.id ?? null);
    await measured(asked, Date.now(), session.server_time);
    app.online.value = true;
    app.reached.value = Date.now();
    await signedIn(session);
    const known = session.device;
    if (known && !known.wipe && !known.known && known.last_seq > 0) {
      app.stopped.value = { reason: "revoked", detail: "" };
      tries = 0;
      return;
    }
    if (known?.wipe) await mark(app.base.db, session.user.id, { wipe: true });
    await orders(session.user.id);
    await obey();
    if (app.gone.value) return;
    await send();
    await obey();
    if (!app.gone.value && !app.forgetting.value && session.permissions.includes(USE)) await refresh(session.server_time);
    tries = 0;
  } catch (problem) {
    if (!(problem instanceof Unreachable)) throw problem;
    const signedOut = problem.status === 401;
    tries = signedOut ? 0 : tries + 1;
    if (signedOut) {
      app.session.value = "out";
      await orders(null).then(obey, unlessCut);
    } else app.online.value = false;
  } finally {
    if (!app.gone.value) await reread();
    channel.postMessage("changed");
  }
}

async function measured(asked: number, answered: number, serverTime: string): Promise<void> {
  const offset = offsetOf(asked, answered, serverTime);
  if (offset === null) return;
  lookAtClock();
  app.clockOffset.value = offset;
  await keep(app.base.db, "offset", offset);
}

async function signedIn(session: Session): Promise<void> {
  const { db } = app.base;
  const before = app.user.value;
  if (before && before.id !== session.user.id) {
    // Another officer has the phone now: what the first one saw goes, what waits stays locked to him.
    for (const name of ["today", "blocks", "lease", "duty", "etag:"]) await forget(db, name);
    await dropForms(db, before.id);
    app.snapshot.value = null;
    app.blocks.value = [];
    app.duty.value = null;
  }
  const device = await deviceOf(db, session.user.id, navigator.userAgent.slice(0, 110));
  await keep(db, "user", session.user);
  await keep(db, "permissions", session.permissions);
  app.user.value = session.user;
  app.fileLimits.value = session.file_limits ?? {};
  app.ground.value = session.ground ?? "";
  await keep(db, "limits", app.fileLimits.value);
  await keep(db, "ground", app.ground.value);
  app.permissions.value = session.permissions;
  app.device.value = device;
  app.forgetting.value = device.wipe ?? false;
  app.session.value = "in";
  await reread();
}

/** Only one tab sends; the others see what has become of it in the database. */
async function send(): Promise<void> {
  const id = app.user.value!.id;
  await ifFree("chengshu-field-send", async () => {
    app.sending.value = true;
    try {
      const ending = await sendAll(app.base.db, app.api, id, app.base.version, () => void reread());
      app.stopped.value = ending.state === "stopped" ? ending : null;
      if (ending.state === "signed_out") throw new Unreachable(401);
      if (ending.state === "offline") throw new Unreachable(ending.status);
      if (ending.state === "wipe") await mark(app.base.db, id, { wipe: true });
    } finally {
      app.sending.value = false;
    }
  });
  if (app.gone.value) return;
  app.device.value = (await app.base.db.get("devices", id)) ?? null;
  await tidy(app.base.db, Date.now() - KEEP_SENT_MS);
}

async function refresh(serverTime: string): Promise<void> {
  const { db } = app.base;
  const device = app.device.value!.id;
  const list = await newer<Snapshot>(`today?device=${device}`, "today");
  app.snapshot.value = list ?? asMadeAt(app.snapshot.value, serverTime);
  await keep(db, "today", app.snapshot.value);
  if (app.permissions.value.includes("cases.work")) {
    const law = await newer<Law>(`law?device=${device}`, "law");
    if (law) app.law.value = law;
    await refill(device);
  }
}

/** A list that has not changed counts as made now. */
export function asMadeAt(list: Snapshot | null, moment: string): Snapshot | null {
  if (!list) return null;
  const good = Date.parse(list.valid_until) - Date.parse(list.made_at);
  return { ...list, made_at: moment, valid_until: new Date(Date.parse(moment) + good).toISOString() };
}

/** Fetch what has changed and keep it under the name with its mark. */
async function newer<T>(path: string, name: string): Promise<T | null> {
  const { db } = app.base;
  const etag = (await recall(db, name)) ? await recall<string>(db, `etag:${name}`) : null;
  const found = await app.api.fresh<T>(path, etag);
  if (!found) return null;
  await keep(db, name, found.value);
  await keep(db, `etag:${name}`, found.etag);
  return found.value;
}

export function numbersUsed(): Set<string> {
  const recorded = app.records.value.filter((row) => row.kind === "case.simple").map((row) => String(row.about["number"]));
  return new Set([...recorded, ...app.numbersTaken.value]);
}

/** A phone keeps numbers of every authority in hand, to decide where there is no network. A refusal is no failure. */
async function refill(device: string): Promise<void> {
  const law = app.law.value;
  if (!law) return;
  try {
    const found = await app.api.fresh<{ blocks: Block[] }>(`blocks?device=${device}`, null);
    const blocks = found?.value.blocks ?? [];
    const words = new Map(authoritiesOn(law, dayIn(ZONE, new Date())).map((one) => [one.word, one.town]));
    for (const [word, town] of words) {
      if (left(blocks, word, numbersUsed(), Date.now()) < BLOCK_REFILL) blocks.push(await lease(device, word, town));
    }
    app.blocks.value = blocks;
    await keep(app.base.db, "blocks", blocks);
  } catch (problem) {
    if (!(problem instanceof Unreachable) || problem.status === 0 || problem.status === 401) throw problem;
  }
}

async function lease(device: string, word: string, town: string): Promise<Block> {
  const id = (await recall<string>(app.base.db, `lease:${word}`)) ?? uuid7();
  await keep(app.base.db, `lease:${word}`, id); // the same request again, should the answer be lost
  const leased = await app.api.post<Block>("blocks", { device, town, client_id: id });
  await forget(app.base.db, `lease:${word}`);
  return leased;
}

/** Leave nothing of the officer on the phone. Refused while anything waits: nothing that was done may be lost. */
export async function signOut(): Promise<boolean> {
  if (running) await running; // nothing is fetched any more that would be kept after it
  await reread();
  const row = app.device.value;
  if (app.waiting.value || !row) return false;
  await leave(row, "sign_out");
  return true;
}

const unlessCut = (problem: unknown): void => {
  if (!(problem instanceof Unreachable)) throw problem;
};

/** Whether the bureau wants the phone to forget: asked with the key of each officer's device, since the session may
 *  be over, or another officer's. */
async function orders(except: number | null): Promise<void> {
  for (const row of await app.base.db.getAll("devices")) {
    if (row.user === except || !row.registered || row.wipe || row.leaving) continue;
    try {
      if ((await app.api.order(row.id, await statement(row, "in_use"))).wipe) await mark(app.base.db, row.user, { wipe: true });
    } catch (problem) {
      if (!(problem instanceof Unreachable) || problem.status === 0) throw problem;
    }
  }
}

/** Forget at once what the bureau wants forgotten; a device leaves once nothing of its officer waits any more. */
async function obey(): Promise<void> {
  const { db } = app.base;
  const mine = app.user.value?.id ?? null;
  for (const row of await db.getAll("devices")) {
    if (!row.wipe || row.leaving) continue;
    const waits = await forgetOf(db, row.user, mine);
    if (row.user === mine) {
      emptied();
      app.forgetting.value = true;
    }
    if (!waits) await leave(row, "asked");
  }
}

/** Everything of the officer goes but the key, with which the server is told; then the key too. */
async function leave(row: DeviceRow, why: "sign_out" | "asked"): Promise<void> {
  const { db } = app.base;
  const mine = app.user.value?.id === row.user;
  if (mine) {
    app.gone.value = why === "asked" ? "wiped" : "signed_out";
    clearTimeout(timer);
  }
  await forgetOf(db, row.user, app.user.value?.id ?? null);
  if (mine) for (const name of ["user", "recording", "numbers", "offset"]) await forget(db, name);
  await mark(db, row.user, { leaving: why });
  if (mine) {
    emptied();
    for (const state of [app.user, app.device]) state.value = null;
  }
  await farewells().catch(unlessCut);
}

/** Tell the server of each device that has forgotten everything; with the last one the whole app goes. */
async function farewells(): Promise<void> {
  const { db } = app.base;
  const leaving = (await db.getAll("devices")).filter((row) => row.leaving);
  for (const row of leaving) {
    if (row.registered) {
      await app.api.order(row.id, await statement(row, row.leaving!)).catch((problem: unknown) => {
        if (!(problem instanceof Unreachable) || problem.status !== 403) throw problem; // 403: it is not known there
      });
    }
    await db.delete("devices", row.user);
  }
  if (app.gone.value && leaving.length && !(await db.count("devices"))) await erase();
}

function emptied(): void {
  for (const state of [app.snapshot, app.law, app.duty, app.fix]) state.value = null;
  app.blocks.value = [];
}

async function erase(): Promise<void> {
  erased = true;
  await stopWorker();
  await purge(app.base.db);
  localStorage.clear();
  app.records.value = [];
  app.files.value = [];
}
