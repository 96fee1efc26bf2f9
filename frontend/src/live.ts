// Events as they happen: one stream a page, events of the document by topic, and a word about the connection.
//
// EventSource comes back by itself with its last id as long as the page lives. Two things it does not do are
// done here: keep the id over a reload (sessionStorage), and give up its connection while nobody looks at the
// page, since a browser allows six of them to one server over HTTP/1.1.

export type LiveState = "live" | "reconnecting" | "offline";

/** What an event of a topic carries; `detail` of the CustomEvent `live:<topic>` on the target. */
export interface LiveEvent {
  position: number;
  topic: string;
  district: number;
  squad: number | null;
  subject: string;
  at: string;
  data: Record<string, unknown>;
}

export interface LiveOptions {
  /** Names of the topics; each becomes a CustomEvent `live:<topic>`. */
  topics: string[];
  /** The position up to which the page already shows everything; without it the stored one, else from now. */
  after?: number;
  /** Called whenever the connection changes. `offline` stays until the page is loaded again or looked at. */
  onState?: (state: LiveState) => void;
  /** Too much was missed: load the state anew. By default the page is loaded anew. */
  onReset?: () => void;
  target?: EventTarget;
  url?: string;
  /** How long a page nobody looks at keeps its connection. */
  hiddenMs?: number;
  /** Without a word (a heartbeat comes every 15 s) for so long after an error, the page says it is offline. */
  offlineMs?: number;
}

export interface Live {
  readonly state: LiveState;
  readonly position: number | null;
  close(): void;
}

const KEY = "chengshu.live";

/** The address of the stream, from the position on. */
export function streamUrl(url: string, topics: string[], after: number | null): string {
  const query = new URLSearchParams();
  if (topics.length) query.set("topics", topics.join(","));
  if (after !== null) query.set("after", String(after));
  const text = query.toString();
  return text ? `${url}?${text}` : url;
}

/** The stored position of these topics, or null. */
export function stored(topics: string[], storage: Storage | undefined = session()): number | null {
  const text = storage?.getItem(storageKey(topics)) ?? "";
  return /^\d{1,16}$/.test(text) ? Number(text) : null;
}

/** Listen until `close` is called. */
export function listen(options: LiveOptions): Live {
  return new Stream(options);
}

class Stream implements Live {
  state: LiveState = "reconnecting";
  position: number | null;
  private source: EventSource | null = null;
  private hidden: ReturnType<typeof setTimeout> | undefined;
  private silent: ReturnType<typeof setTimeout> | undefined;
  private readonly target: EventTarget;
  private readonly looked = (): void => this.visibility();

  constructor(private readonly options: LiveOptions) {
    this.target = options.target ?? document;
    this.position = options.after ?? stored(options.topics);
    document.addEventListener("visibilitychange", this.looked);
    this.open();
  }

  close(): void {
    document.removeEventListener("visibilitychange", this.looked);
    clearTimeout(this.hidden);
    this.stop();
  }

  private open(): void {
    this.stop();
    const source = new EventSource(streamUrl(this.options.url ?? "/api/v1/events", this.options.topics, this.position));
    this.source = source;
    source.addEventListener("open", () => this.say("live"));
    source.addEventListener("error", () => this.failed(source));
    source.addEventListener("hello", (event) => this.note(event));
    source.addEventListener("reset", (event) => {
      this.note(event);
      (this.options.onReset ?? (() => location.reload()))();
    });
    for (const topic of this.options.topics) {
      source.addEventListener(topic, (event) => {
        // after a restart the same event may come once more
        if (!this.note(event)) return;
        const detail = JSON.parse((event as MessageEvent<string>).data) as LiveEvent;
        this.target.dispatchEvent(new CustomEvent<LiveEvent>(`live:${topic}`, { detail }));
      });
    }
  }

  private stop(): void {
    clearTimeout(this.silent);
    this.silent = undefined;
    this.source?.close();
    this.source = null;
  }

  /** Remember the id; false when it was already there. */
  private note(event: Event): boolean {
    const message = event as MessageEvent<string>;
    const position = Number(message.lastEventId);
    if (message.type !== "reset" && this.position !== null && position <= this.position) return false;
    this.position = position;
    session()?.setItem(storageKey(this.options.topics), String(position));
    return true;
  }

  private failed(source: EventSource): void {
    if (source !== this.source) return;
    if (source.readyState === EventSource.CLOSED) {
      // refused (signed out, no permission): the browser does not try again, and neither do we
      this.say("offline");
      return;
    }
    if (this.state !== "offline") this.say("reconnecting");
    this.silent ??= setTimeout(() => this.say("offline"), this.options.offlineMs ?? 20_000);
  }

  private visibility(): void {
    clearTimeout(this.hidden);
    if (document.visibilityState === "hidden") {
      this.hidden = setTimeout(() => {
        this.stop();
        this.say("reconnecting");
      }, this.options.hiddenMs ?? 60_000);
    } else if (this.source === null || this.source.readyState === EventSource.CLOSED) {
      this.open();
    }
  }

  private say(state: LiveState): void {
    if (state === "live") {
      clearTimeout(this.silent);
      this.silent = undefined;
    }
    if (state === this.state) return;
    this.state = state;
    this.options.onState?.(state);
  }
}

function storageKey(topics: string[]): string {
  return `${KEY}:${[...topics].sort().join(",")}`;
}

function session(): Storage | undefined {
  try {
    return globalThis.sessionStorage;
  } catch {
    return undefined; // switched off in the browser
  }
}
