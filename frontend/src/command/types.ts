/** What the server tells the command centre: page configuration, snapshot, events. */
import type { MapConfig } from "../map/config";

export type Light = "red" | "amber" | "green" | "held";

export interface Lead {
  id: number;
  number: string;
  version: number;
  stage: string;
  class: number;
  source: string;
  severity: number;
  squad: number | null;
  officer: number | null;
  town: number | null;
  lng: number | null;
  lat: number | null;
  address: string;
  handle_by: string | null;
  amber_at: string | null;
  handled_at: string | null;
  held: boolean;
  reported_at: string;
}

/** The data of a `lead` event; `gone`: it went to another squad. */
export interface LeadEvent extends Partial<Lead> {
  id: number;
  version: number;
  action?: string;
  gone?: boolean;
}

export interface Officer {
  id: number;
  name: string;
  squad: number;
  duty: string;
  lng: number | null;
  lat: number | null;
  at: string | null;
}

export interface Alarm {
  id: number;
  lead: number;
  number?: string;
  kind: string;
  level: string;
  raised_at: string;
  cleared_at?: string | null;
}

export interface Snapshot {
  position: number;
  now: string;
  leads: Lead[];
  total: number;
  found: number[];
  closed: number[];
  alarms: Alarm[];
  officers: Officer[];
  people: Record<string, string>;
}

export interface Config {
  mode: "desk" | "wall";
  room: { district: number; squad: number | null; code: string };
  urls: Record<
    "state" | "events" | "track" | "detail" | "offers" | "act" | "log" | "replay" | "worker",
    string
  >;
  classes: Record<string, { label: string; major: string }>;
  sources: Record<string, string>;
  squads: Record<string, string>;
  stages: Record<string, string>;
  alarmKinds: Record<string, string>;
  staleMinutes: number;
  wallRows: number;
  wallSeconds: number;
  cameraClass: string;
  mayDispatch: boolean;
  timeZone: string;
  map: MapConfig;
  texts: Record<string, string>;
}

export interface Filter {
  q: string;
  light: string;
  stage: string;
  source: string;
  major: string;
  squad: string;
}
