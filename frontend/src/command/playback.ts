/** A past day: which leads stood open at a moment, from the state in the morning and the steps since. */
import type { Lead } from "./types";

export interface DayStep {
  lead: number;
  version: number;
  at: string;
  action: string;
  stage: string;
  squad: number | null;
  officer: number | null;
}

export interface Before {
  lead: number;
  version: number;
  stage: string;
  squad: number | null;
  officer: number | null;
  held: boolean | null;
  handled_at: string | null;
}

export interface Day {
  begins: string;
  ends: string;
  leads: Omit<Lead, "version" | "stage" | "squad" | "officer" | "held" | "handled_at">[];
  before: Before[];
  steps: DayStep[];
}

const DONE = new Set(["handled", "verified"]);

export class Playback {
  readonly begins: number;
  readonly ends: number;
  found = 0;
  closed = 0;
  private open = new Map<number, Lead>();
  private next = 0;
  private shown = -Infinity;
  private readonly facts: Map<number, Day["leads"][number]>;
  private readonly times: number[];

  constructor(private readonly day: Day) {
    this.begins = Date.parse(day.begins);
    this.ends = Date.parse(day.ends);
    this.facts = new Map(day.leads.map((lead) => [lead.id, lead]));
    this.times = day.steps.map((step) => Date.parse(step.at));
  }

  /** The leads open at a moment. Going back starts the day again. */
  at(moment: number): Lead[] {
    if (moment < this.shown || this.shown === -Infinity) this.morning();
    this.shown = moment;
    while (this.next < this.times.length && (this.times[this.next] ?? Infinity) <= moment) {
      const step = this.day.steps[this.next++];
      if (step) this.apply(step);
    }
    return [...this.open.values()];
  }

  private morning(): void {
    this.next = this.found = this.closed = 0;
    this.open = new Map();
    for (const one of this.day.before) {
      const facts = this.facts.get(one.lead);
      if (facts) this.open.set(one.lead, { ...facts, ...one, id: one.lead, held: one.held ?? false });
    }
  }

  private apply(step: DayStep): void {
    const facts = this.facts.get(step.lead);
    const known = this.open.get(step.lead);
    if (!facts || (known && known.version >= step.version)) return;
    if (step.action === "report") this.found += 1;
    if (step.stage === "closed") {
      if (known) this.closed += 1;
      this.open.delete(step.lead);
      return;
    }
    const done = DONE.has(step.stage);
    const held = step.action === "hold" || (step.action !== "resume" && step.action !== "parts_done" && (known?.held ?? false));
    this.open.set(step.lead, {
      ...facts,
      version: step.version,
      stage: step.stage,
      squad: step.squad,
      officer: step.officer,
      held,
      handled_at: done ? (known?.handled_at ?? step.at) : null,
    });
  }
}
