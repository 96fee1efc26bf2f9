/** Decisions without a page, so that they can be tested without one. */

/** Which sentence answers a failed request; 0 means that nothing came back. */
export function sentenceFor(status: number): string {
  if (status === 0) return "offline";
  if (status === 403) return "forbidden";
  if (status === 404 || status === 410) return "missing";
  if (status === 409 || status === 412) return "conflict";
  return "error";
}

/** Where to sign in again, coming back to the page in hand. */
export function signInAddress(login: string, here: { pathname: string; search: string }): string {
  return `${login}?next=${encodeURIComponent(here.pathname + here.search)}`;
}

/** Whether an answer is the sign-in page that a redirect led to. */
export function isSignIn(responseUrl: string, login: string): boolean {
  return login !== "" && responseUrl !== "" && new URL(responseUrl, "http://x").pathname === login;
}

/** Two keys within the window make a sequence (`g` then a letter); returns the letter that completes one. */
export class Sequence {
  private armed = -Infinity;

  constructor(
    private readonly lead: string,
    private readonly windowMs = 1500,
  ) {}

  press(key: string, now: number): string | null {
    if (now - this.armed <= this.windowMs) {
      this.armed = -Infinity;
      return key;
    }
    if (key === this.lead) this.armed = now;
    return null;
  }
}

/** The row to go to: before the first press none is current. */
export function nextIndex(current: number, step: number, count: number): number {
  if (count === 0) return -1;
  if (current < 0) return step > 0 ? 0 : count - 1;
  return Math.min(Math.max(current + step, 0), count - 1);
}

/** A file's size for people: 1,234 KB, 5.6 MB. */
export function fileSize(bytes: number): string {
  if (bytes < 1024 * 1024) return `${Math.max(1, Math.round(bytes / 1024)).toLocaleString("en")} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

/** Names whose value is empty, which an address does not need. */
export function emptyNames(entries: Iterable<[string, unknown]>): string[] {
  return [...entries].filter(([, value]) => value === "").map(([name]) => name);
}
