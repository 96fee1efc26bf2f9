/** What the whole app knows at the moment. Screens read the signals; only `work/` changes them. */
import { computed, signal } from "@preact/signals";
import { Api } from "./data/api";
import type { Db } from "./data/db";
import type { Decided } from "./data/drafts";
import type { Law, Block } from "./law";
import type { OnDuty } from "./pure/duty";
import { overlaid } from "./pure/overlay";
import type { DeviceRow, FileRow, Fix, Person, RecordRow, Session, Snapshot } from "./types";

export const api = new Api();
/** Set once by `main` before anything is drawn. */
export const base: { db: Db; version: string } = { db: null as never, version: "" };

export const user = signal<Person | null>(null);
export const device = signal<DeviceRow | null>(null);
export const permissions = signal<string[]>([]);
/** `unknown` until the server has answered once; then whether it knows who this is. */
export const session = signal<"unknown" | "in" | "out">("unknown");
export const fileLimits = signal<NonNullable<Session["file_limits"]>>({});
export const online = signal(navigator.onLine);
export const reached = signal<number | null>(null);
export const ground = signal("");
export const snapshot = signal<Snapshot | null>(null);
export const law = signal<Law | null>(null);
export const blocks = signal<Block[]>([]);
/** Numbers that stand on a decision, recorded or not. */
export const numbersTaken = signal<string[]>([]);
export const records = signal<RecordRow[]>([]);
export const files = signal<FileRow[]>([]);
export const waitingOfOthers = signal(0);
export const sending = signal(false);
export const stopped = signal<{ reason: string; detail: string } | null>(null);
export const clockOffset = signal<number | null>(null);
export const fix = signal<Fix | null>(null);
export const space = signal<{ free: number; persisted: boolean } | null>(null);
export const updateReady = signal(false);
export const gone = signal<"" | "wiped" | "signed_out">("");
export const notice = signal<{ text: string; tone: "ok" | "warn" | "danger" } | null>(null);
export const duty = signal<OnDuty | null>(null);
export const recording = signal(true);

/** Decisions signed on this phone of which nobody has said yet whether they were served. */
export const decided = signal<Decided[]>([]);
/** The bureau wants this officer's phone to forget everything; something still waits. */
export const forgetting = signal(false);
export const waiting = computed(() => records.value.filter((row) => row.state === "waiting").length + decided.value.length);
export const refused = computed(() => records.value.filter((row) => row.state === "refused" || row.state === "flagged").length);
/** The list with what the phone has recorded since. */
export const today = computed(() => snapshot.value && overlaid(snapshot.value, records.value));

export function say(text: string, tone: "ok" | "warn" | "danger" = "ok"): void {
  notice.value = { text, tone };
}
