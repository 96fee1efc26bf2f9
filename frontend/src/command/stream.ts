/** The stream of events from a position on. Whatever breaks, it comes back with the last id and misses nothing. */
import type { Happening } from "./types";

export type LinkState = "connecting" | "live" | "lost";

export interface Listener {
  event(happening: Happening): void;
  /** Too much was missed: the state must be read anew; answers with its position. */
  reset(): void;
  link(state: LinkState): void;
}

const PAUSES_MS = [1_000, 2_000, 5_000, 10_000];

export class Stream {
  private source: EventSource | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;
  position = 0;

  constructor(
    private readonly address: string,
    private readonly topics: readonly string[],
    private readonly listener: Listener,
  ) {}

  open(position: number): void {
    this.close();
    this.position = position;
    this.listener.link("connecting");
    const query = new URLSearchParams({ topics: this.topics.join(","), after: String(position) });
    const source = (this.source = new EventSource(`${this.address}?${query.toString()}`));
    source.addEventListener("open", () => {
      this.failures = 0;
      this.listener.link("live");
    });
    source.addEventListener("error", () => {
      this.listener.link("lost");
      // The browser comes back by itself unless the server refused.
      if (source.readyState === EventSource.CLOSED) this.again();
    });
    source.addEventListener("hello", (event) => this.note(event));
    source.addEventListener("reset", (event) => {
      this.note(event);
      this.listener.reset();
    });
    for (const topic of this.topics) {
      source.addEventListener(topic, (event) => {
        this.note(event);
        this.listener.event(JSON.parse(event.data as string) as Happening);
      });
    }
  }

  close(): void {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = null;
  }

  private note(event: MessageEvent): void {
    if (event.lastEventId) this.position = Math.max(this.position, Number(event.lastEventId));
  }

  private again(): void {
    const pause = PAUSES_MS[Math.min(this.failures, PAUSES_MS.length - 1)] ?? 10_000;
    this.failures += 1;
    this.timer = setTimeout(() => this.open(this.position), pause);
  }
}
