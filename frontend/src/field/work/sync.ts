/** Contact with the server: who this is, what the clock says, send what waits, fetch what has changed. */
import * as app from "../app";
import { Unreachable } from "../data/api";
import { forget, keep, purge, recall } from "../data/db";
import { deviceOf } from "../data/device";
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
import type { Person, Session, Snapshot } from "../types";

/** Tells other tabs of the app on this phone that records or their states have changed. */
export const channel = new BroadcastChannel("chengshu-field");

let timer = 0;
let tries = 0;
let running: Promise<void> | null = null;
let again = false;

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
    recall<number>(db, "offset"),
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
  await reread();
}

/** Records and files as the database has them. */
export async function reread(): Promise<void> {
  const { db } = app.base;
  const id = app.user.value?.id;
  app.records.value = id === undefined ? [] : await recordsOf(db, id);
  app.files.value = (await db.getAll("files")).filter((file) => file.user === id);
  let others = 0;
  for (const [who, count] of await waitingByUser(db)) if (who !== id) others += count;
  app.waitingOfOthers.value = others;
}

/** Ask for a contact now; while one is going on, another one follows it. */
export function sync(): Promise<void> {
  clearTimeout(timer);
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
    // Evidence first, as far as this contact allows; then everything goes, whatever came of it.
    if (known?.wipe) return await send().catch(() => undefined).then(wipe);
    await send();
    if (!app.gone.value) await refresh(session.server_time);
    tries = 0;
  } catch (problem) {
    if (!(problem instanceof Unreachable)) throw problem;
    const signedOut = problem.status === 401;
    tries = signedOut ? 0 : tries + 1;
    if (signedOut) app.session.value = "out";
    else app.online.value = false;
  } finally {
    if (!app.gone.value) await reread();
    channel.postMessage("changed");
  }
}

async function measured(asked: number, answered: number, serverTime: string): Promise<void> {
  const offset = offsetOf(asked, answered, serverTime);
  if (offset === null) return;
  app.clockOffset.value = offset;
  await keep(app.base.db, "offset", offset);
}

async function signedIn(session: Session): Promise<void> {
  const { db } = app.base;
  const before = app.user.value;
  if (before && before.id !== session.user.id) {
    // Another officer has the phone now: what the first one saw goes, what waits stays locked to him.
    for (const name of ["today", "blocks", "lease", "duty", "draft:", "etag:"]) await forget(db, name);
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
      if (ending.state === "wipe" && !app.gone.value) await wipe();
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
    const law = await newer<Law>("law", "law");
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

/** The bureau asked this device to forget everything: at once, then the server hears of it. */
export async function wipe(): Promise<void> {
  const id = app.device.value?.id;
  await erase("wiped");
  if (id) await app.api.wiped(id).catch(() => undefined);
}

/** Leave the device empty. Refused while anything waits: nothing that was done may be lost. */
export async function signOut(): Promise<boolean> {
  await reread();
  if (app.waiting.value || app.waitingOfOthers.value) return false;
  const id = app.device.value?.id;
  if (id) await app.api.wiped(id, "sign_out").catch(() => undefined);
  await erase("signed_out");
  return true;
}

async function erase(why: "wiped" | "signed_out"): Promise<void> {
  if (app.gone.value) return;
  app.gone.value = why;
  clearTimeout(timer);
  await purge(app.base.db);
  localStorage.clear();
  for (const worker of (await navigator.serviceWorker?.getRegistrations()) ?? []) await worker.unregister();
  for (const state of [app.snapshot, app.law, app.user, app.device, app.duty, app.fix]) state.value = null;
  app.records.value = [];
  app.files.value = [];
  app.blocks.value = [];
}
