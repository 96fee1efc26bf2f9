/** Positions: of single acts, and the track while on duty and while the app is open. Never else. */
import * as app from "../app";
import { mayRecord } from "../pure/duty";
import { POSITIONS_A_RECORD, POSITION_EVERY_MS, POSITION_FLUSH_MS, POSITION_FRESH_MS, POSITION_PATIENCE_MS } from "../settings";
import type { Fix } from "../types";
import { keep } from "../data/db";
import { record } from "./act";

type TrackPoint = [epochMs: number, lng: number, lat: number, accuracyM: number];

let watch: number | null = null;
/** The points that are not in a record yet, as they are kept under their name. */
let batch: { key: string; points: TrackPoint[] } | null = null;
let kept: Promise<void> = Promise.resolve();
let flusher = 0;

/** Where the phone is, if that can be told within a few seconds. Asked for one act; not kept otherwise. */
export async function whereNow(): Promise<Fix | null> {
  const known = app.fix.value;
  if (known && Date.now() - Date.parse(known.at) < POSITION_FRESH_MS) return known;
  if (!("geolocation" in navigator)) return null;
  return new Promise((resolve) => {
    const enough = window.setTimeout(() => resolve(null), POSITION_PATIENCE_MS);
    navigator.geolocation.getCurrentPosition(
      (found) => {
        clearTimeout(enough);
        app.fix.value = fixOf(found);
        resolve(app.fix.value);
      },
      () => {
        clearTimeout(enough);
        resolve(null);
      },
      { enableHighAccuracy: true, maximumAge: POSITION_FRESH_MS, timeout: POSITION_PATIENCE_MS },
    );
  });
}

function fixOf(found: GeolocationPosition): Fix {
  const { longitude, latitude, accuracy } = found.coords;
  return { lng: round(longitude), lat: round(latitude), accuracy_m: Math.round(accuracy), at: new Date(found.timestamp).toISOString() };
}

const round = (degrees: number): number => Math.round(degrees * 1e7) / 1e7;

/** Start or stop the watch as duty, switch and screen say. Called whenever one of them changes. */
export function attend(): void {
  const wanted = document.visibilityState === "visible" && mayRecord(app.duty.value, app.recording.value, Date.now());
  if (wanted && watch === null && "geolocation" in navigator) {
    watch = navigator.geolocation.watchPosition(take, () => undefined, { enableHighAccuracy: true, maximumAge: 5_000 });
    flusher = window.setInterval(() => void flush(), POSITION_FLUSH_MS);
  } else if (!wanted && watch !== null) {
    navigator.geolocation.clearWatch(watch);
    clearInterval(flusher);
    watch = null;
    void flush();
  }
}

function take(found: GeolocationPosition): void {
  app.fix.value = fixOf(found);
  if (!mayRecord(app.duty.value, app.recording.value, Date.now())) return attend();
  const last = batch?.points.at(-1);
  if (last && found.timestamp - last[0] < POSITION_EVERY_MS) return;
  const { lng, lat, accuracy_m } = app.fix.value;
  const at = Math.round(found.timestamp);
  batch ??= { key: `${prefix()}${at}`, points: [] };
  batch.points.push([at, lng, lat, accuracy_m]);
  const { key, points } = batch;
  kept = kept.then(() => keep(app.base.db, key, points)).catch(() => undefined);
  if (points.length >= POSITIONS_A_RECORD) void flush();
}

const prefix = (): string => `track:${app.user.value?.id ?? 0}:`;

/** Make records of what was kept, also by the app before it was closed; a point goes from there with its record. */
export async function flush(): Promise<void> {
  batch = null;
  await kept;
  const from = prefix();
  const found = await app.base.db.getAll("kept", IDBKeyRange.bound(from, `${from}\uffff`));
  for (const { name, value } of found) {
    if (name === (batch as { key: string } | null)?.key) continue;
    await record("positions", { points: value as TrackPoint[] }, [], { quiet: true, instead: [name] });
  }
}
