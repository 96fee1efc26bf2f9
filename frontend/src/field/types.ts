/** What server and app tell each other (docs/field-protocol), and what the app keeps. */
import type { Point } from "./pure/near";

export interface Person {
  id: number;
  name: string;
  unit: string;
  username: string;
}

export interface Session {
  user: Person;
  csrf: string;
  language: string;
  server_time: string;
  app_version: string;
  device: { known: boolean; last_seq: number; wipe: boolean } | null;
  permissions: string[];
  /** The most bytes of a file of each kind. */
  file_limits?: Partial<Record<FileKind, number>>;
  /** Outlines of the towns, for the map. */
  ground?: string;
}

/** A colour that never stands without words. */
export interface LightView {
  colour: string;
  text: string;
  until?: string | null;
}

export interface Duty {
  id: number;
  starts_at: string;
  ends_at: string;
  duty: string;
  duty_label?: string;
  unit: string;
}

export interface LeadItem {
  id: number;
  number: string;
  class: string;
  class_label: string;
  description: string;
  address: string;
  position: Point | null;
  stage: string;
  outcome: string;
  light: LightView | null;
  due: string | null;
  severity: number;
  object: { id: number; name: string } | null;
  recheck_on: string | null;
  photos_needed: number;
  actions: string[];
}

export interface Entry {
  code: string;
  text: string;
  photo: boolean;
  result: number;
}

export interface InspectionItem {
  id: number;
  number: string;
  object: { id: number; name: string };
  address: string;
  position: Point | null;
  due_on: string;
  light: LightView | null;
  kind: string;
  kind_label?: string;
  state: string;
  checklist: { entries: Entry[] } | null;
  results: { code: number; label: string }[];
  gravest_first: number[];
  team: { id: number; name: string }[];
  result?: number | null;
  rectify_by?: string | null;
  rectify_days?: number;
  actions?: string[];
}

export interface RoundItem {
  id: number;
  round: { id: number; name: string; due_on: string | null };
  object: { id: number; name: string; class_label: string };
  address: string;
  position: Point | null;
}

export interface BeatPoint {
  id: number;
  name: string;
  position: Point;
  tags: { code: string; kind: string }[];
  wanted: number;
  done_today: number;
}

export interface Beat {
  id: number;
  name: string;
  street_class: string;
  points: BeatPoint[];
}

export interface EquipmentItem {
  id: number;
  code?: string;
  kind: string;
  kind_label?: string;
  name: string;
  with?: string | null;
  mine?: boolean;
}

export interface LogLine {
  at: string;
  text: string;
}

export interface DutyLogView {
  duty: number;
  state: string;
  state_label: string;
  line: string;
  /** What `log.sign` repeats: the officer signs what was shown. */
  digest: string;
  sign_from: string;
  sign_by: string;
  returned_because: string;
  faults: string[];
  composed: { deeds: LogLine[] };
  /** Logs of this officer that are still to be signed. */
  waiting: number;
}

export interface Snapshot {
  made_at: string;
  valid_until: string;
  duty: Duty[];
  leads: LeadItem[];
  inspections: InspectionItem[];
  rounds?: RoundItem[];
  beats: Beat[];
  equipment: EquipmentItem[];
  colleagues: { id: number; name: string; me?: boolean; certificate_valid: boolean; certificate?: string }[];
  log: DutyLogView | null;
  classes?: { code: string; label: string }[];
}

export interface FileRef {
  sha256: string;
  name: string;
  kind: FileKind;
  taken_at: string;
  position: Fix | null;
}

export type FileKind = "photo" | "audio" | "video";

export interface Fix {
  lng: number;
  lat: number;
  accuracy_m: number;
  at: string;
}

/** A record as it was signed. `text` is never built anew. */
export interface RecordRow {
  id: string;
  user: number;
  device: string;
  seq: number;
  kind: string;
  /** For the list and for what the app shows before the server has answered; the signed words are in `text`. */
  about: Record<string, unknown>;
  text: string;
  signature: string;
  files: string[];
  state: "waiting" | "applied" | "flagged" | "refused";
  messages: string[];
  result: Record<string, unknown>;
  made_at: number;
  answered_at: number | null;
  /** The server's moment of the answer, to compare with that of the list. */
  server_time: string | null;
  stuck: string | null;
  /** Signed again since the server did not accept its signature. */
  mended?: boolean;
}

export interface FileRow {
  sha256: string;
  user: number;
  ref: FileRef;
  size: number;
  /** null once the server has it and the record is through. */
  blob: Blob | null;
  preview: Blob | null;
  /** `draft`: taken, but no record carries it yet. */
  state: "draft" | "waiting" | "sent";
  received: number;
  made_at: number;
}

export interface DeviceRow {
  user: number;
  id: string;
  last_seq: number;
  private_key: CryptoKey;
  public_key: JsonWebKey;
  registered: boolean;
  name: string;
  /** The bureau wants everything of this officer gone from the phone; what waits is sent first. */
  wipe?: boolean;
  /** Everything is gone but the key, with which the server is still to be told so. */
  leaving?: "sign_out" | "asked";
}
