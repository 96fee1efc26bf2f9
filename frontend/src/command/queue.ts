/** The queue without a page: lights, order, filters, and a state that events change, each only once. */
import type { Alarm, Config, Filter, Lead, LeadEvent, Light, Officer, Snapshot } from "./types";

export const LIGHTS: readonly Light[] = ["red", "amber", "green", "held"];
const CLOSED = "closed";
const CLOSING = new Set(["close", "dismiss", "merge"]);
export const NO_FILTER: Filter = { q: "", light: "", stage: "", source: "", major: "", squad: "" };

/** As `chengshu.leads.clocks.light`: handled late stays red, on hold has no light. */
export function light(lead: Lead, now: number): Light {
  if (lead.held && !lead.handled_at) return "held";
  if (!lead.handle_by) return "green";
  const due = Date.parse(lead.handle_by);
  if (lead.handled_at) return Date.parse(lead.handled_at) <= due ? "green" : "red";
  if (now > due) return "red";
  return lead.amber_at && now >= Date.parse(lead.amber_at) ? "amber" : "green";
}

/** By light, then by deadline; what has no deadline yet must be registered and stands first in its light. */
export function ordered(leads: Iterable<Lead>, now: number): Lead[] {
  const keyed = [...leads].map((lead) => ({
    lead,
    light: LIGHTS.indexOf(light(lead, now)),
    due: lead.handle_by ? Date.parse(lead.handle_by) : -Infinity,
    since: Date.parse(lead.reported_at),
  }));
  keyed.sort((a, b) => a.light - b.light || compare(a.due, b.due) || a.since - b.since || a.lead.id - b.lead.id);
  return keyed.map((one) => one.lead);
}

function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

export function matches(lead: Lead, filter: Filter, now: number, names: Config["classes"]): boolean {
  const kind = names[lead.class];
  if (filter.light && light(lead, now) !== filter.light) return false;
  if (filter.stage && lead.stage !== filter.stage) return false;
  if (filter.source && lead.source !== filter.source) return false;
  if (filter.major && kind?.major !== filter.major) return false;
  if (filter.squad && String(lead.squad) !== filter.squad) return false;
  const words = filter.q.trim().toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return true;
  const text = `${lead.number} ${kind?.label ?? ""} ${lead.address}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

export function filterOf(query: string): Filter {
  const given = new URLSearchParams(query);
  const found = { ...NO_FILTER };
  for (const name of Object.keys(found) as (keyof Filter)[]) found[name] = given.get(name) ?? "";
  return found;
}

/** The address with the filter in it; other parameters stay. */
export function withFilter(query: string, filter: Filter): string {
  const next = new URLSearchParams(query);
  for (const [name, value] of Object.entries(filter)) {
    if (value) next.set(name, value);
    else next.delete(name);
  }
  const text = next.toString();
  return text ? `?${text}` : "";
}

/** The room as the events have made it. Applying an event again, or an older one, changes nothing. */
export class State {
  leads = new Map<number, Lead>();
  officers = new Map<number, Officer>();
  alarms = new Map<number, Alarm>();
  people = new Map<number, string>();
  found = new Set<number>();
  closed = new Set<number>();
  position = 0;
  unseen = 0;
  /** What is known to have left, so that a late event does not bring it back. */
  private gone = new Map<number, number>();

  constructor(private readonly squad: number | null) {}

  load(snapshot: Snapshot): void {
    this.leads = new Map(snapshot.leads.map((lead) => [lead.id, lead]));
    this.officers = new Map(snapshot.officers.map((one) => [one.id, one]));
    this.alarms = new Map(snapshot.alarms.map((one) => [one.id, one]));
    this.people = new Map(Object.entries(snapshot.people).map(([id, name]) => [Number(id), name]));
    this.found = new Set(snapshot.found);
    this.closed = new Set(snapshot.closed);
    this.position = snapshot.position;
    this.unseen = Math.max(0, snapshot.total - snapshot.leads.length);
    this.gone.clear();
  }

  /** True when it changed something. */
  lead(event: LeadEvent): boolean {
    const known = this.leads.get(event.id);
    const version = known?.version ?? this.gone.get(event.id) ?? 0;
    if (event.gone) return this.squad !== null && known !== undefined && event.version >= version && this.leave(event);
    if (event.version <= version) return false;
    const elsewhere = this.squad !== null && event.squad !== this.squad;
    if (event.action === "report" && !elsewhere) this.found.add(event.id);
    if (event.action && CLOSING.has(event.action) && event.stage === CLOSED && !elsewhere) this.closed.add(event.id);
    if (event.stage === CLOSED || elsewhere) {
      this.leave(event);
      return true;
    }
    this.gone.delete(event.id);
    this.leads.set(event.id, { ...known, ...event } as Lead);
    return true;
  }

  private leave(event: LeadEvent): boolean {
    this.leads.delete(event.id);
    this.gone.set(event.id, event.version);
    return true;
  }

  /** A squad's room shows the alarms of its own leads. */
  alarm(event: Alarm): boolean {
    if (event.cleared_at) return this.alarms.delete(event.id);
    if (this.squad !== null && !this.leads.has(event.lead)) return false;
    const number = this.leads.get(event.lead)?.number;
    this.alarms.set(event.id, number ? { ...event, number } : event);
    return true;
  }

  /** Only of those on duty, and only the newest. */
  seen(event: { user: number; lng: number; lat: number; at: string }): boolean {
    const officer = this.officers.get(event.user);
    if (!officer || (officer.at && Date.parse(officer.at) >= Date.parse(event.at))) return false;
    this.officers.set(event.user, { ...officer, lng: event.lng, lat: event.lat, at: event.at });
    return true;
  }

  /** Leads in hand by officer: accepted ones make busy, dispatched ones wait. */
  loads(): Map<number, { accepted: number; waiting: number }> {
    const found = new Map<number, { accepted: number; waiting: number }>();
    for (const lead of this.leads.values()) {
      if (lead.officer === null || (lead.stage !== "accepted" && lead.stage !== "dispatched")) continue;
      const load = found.get(lead.officer) ?? { accepted: 0, waiting: 0 };
      load[lead.stage === "accepted" ? "accepted" : "waiting"] += 1;
      found.set(lead.officer, load);
    }
    return found;
  }

  counts(now: number): Record<Light, number> {
    const found: Record<Light, number> = { red: 0, amber: 0, green: 0, held: 0 };
    for (const lead of this.leads.values()) found[light(lead, now)] += 1;
    return found;
  }
}

/** 2 d, 3 h, 25 min: the largest unit that fits, rounded down. */
export function span(ms: number, texts: Record<string, string>): string {
  const minutes = Math.floor(Math.abs(ms) / 60_000);
  const [unit, n] =
    minutes >= 2880 ? ["day", Math.floor(minutes / 1440)] : minutes >= 120 ? ["hour", Math.floor(minutes / 60)] : ["minute", minutes];
  return (texts[unit as string] ?? "{n}").replace("{n}", String(n));
}

/** How much time is left, or how long it has been over. */
export function timeLeft(lead: Lead, now: number, texts: Record<string, string>): string {
  if (!lead.handle_by) return texts["noLimit"] ?? "";
  const until = lead.handled_at ? Date.parse(lead.handled_at) : now;
  const left = Date.parse(lead.handle_by) - until;
  return (texts[left >= 0 ? "left" : "late"] ?? "{time}").replace("{time}", span(left, texts));
}
