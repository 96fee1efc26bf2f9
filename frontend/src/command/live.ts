/** Snapshot and stream together: the state of the room, kept current, and who wants to know. */
import { listen, type Live as Stream, type LiveEvent } from "../live";
import { fetchJson } from "./dom";
import { State } from "./queue";
import type { Alarm, Config, LeadEvent, Snapshot } from "./types";

const TOPICS = ["lead", "alarm", "shift", "position"];
const RELOAD_MS = 300_000; // who is on duty changes with the roster, without an event
const UNKNOWN_MS = 30_000;
const AGAIN_MS = 5_000; // a refused stream (a restart behind a proxy) is tried again with a fresh snapshot

export type LinkState = "connecting" | "live" | "lost";

export interface Watcher {
  /** Something changed; ``lead`` names the one that did. */
  changed(what: "all" | "lead" | "alarm" | "shift" | "position", lead?: number): void;
  link(state: LinkState): void;
}

export class Live {
  readonly state: State;
  private readonly target = new EventTarget();
  private stream: Stream | null = null;
  private skew = 0;
  private reloaded = 0;
  private loading: Promise<void> | null = null;

  constructor(
    private readonly config: Config,
    private readonly watcher: Watcher,
  ) {
    this.state = new State(config.room.squad);
    for (const topic of TOPICS) {
      this.target.addEventListener(`live:${topic}`, (event) => this.hear((event as CustomEvent<LiveEvent>).detail));
    }
  }

  /** The server's clock: lights are the same on every screen. */
  now(): number {
    return Date.now() + this.skew;
  }

  async start(): Promise<void> {
    await this.load();
    setInterval(() => void this.load(), RELOAD_MS);
    let day = this.day();
    setInterval(() => {
      const today = this.day();
      if (today !== day) void this.load();
      day = today;
    }, 60_000);
  }

  /** The bureau's day: "today" begins with it. */
  private day(): string {
    return new Intl.DateTimeFormat("en-CA", { timeZone: this.config.timeZone }).format(new Date(this.now()));
  }

  load(): Promise<void> {
    this.loading ??= this.fetch().finally(() => (this.loading = null));
    return this.loading;
  }

  private async fetch(): Promise<void> {
    this.reloaded = Date.now();
    const snapshot = await fetchJson<Snapshot>(this.config.urls.state);
    if (!snapshot) {
      this.watcher.link("lost");
      setTimeout(() => void this.load(), AGAIN_MS);
      return;
    }
    this.skew = Date.parse(snapshot.now) - Date.now();
    this.state.load(snapshot);
    this.follow(snapshot.position);
    this.watcher.changed("all");
  }

  private follow(after: number): void {
    this.stream?.close();
    this.stream = listen({
      topics: TOPICS,
      after,
      url: this.config.urls.events,
      target: this.target,
      onReset: () => void this.load(),
      onState: (state) => {
        this.watcher.link(state === "live" ? "live" : "lost");
        if (state === "offline") setTimeout(() => void this.load(), AGAIN_MS);
      },
    });
  }

  /** What an answer to one's own action says; the event confirms it. */
  apply(lead: LeadEvent): void {
    if (this.state.lead(lead)) this.watcher.changed("lead", lead.id);
  }

  private hear({ topic, district, data: told }: LiveEvent): void {
    if (district !== this.config.room.district) return;
    const data: unknown = told;
    if (topic === "lead") {
      const event = data as LeadEvent;
      if (this.state.lead(event)) this.watcher.changed("lead", event.id);
    } else if (topic === "alarm") {
      if (this.state.alarm(data as Alarm)) this.watcher.changed("alarm");
    } else if (topic === "position") {
      const event = data as { user: number; lng: number; lat: number; at: string };
      if (this.state.seen(event)) this.watcher.changed("position");
      else if (!this.state.officers.has(event.user) && this.config.room.squad === null) this.reloadSoon();
    } else this.watcher.changed("shift");
  }

  private reloadSoon(): void {
    if (Date.now() - this.reloaded > UNKNOWN_MS) void this.load();
  }
}
