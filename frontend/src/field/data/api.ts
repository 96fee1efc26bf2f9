/** The calls to the server. A failure of the network and a signed-out session are one kind of exception. */
import { API } from "../settings";
import type { DeviceRow, Session } from "../types";

/** `status` 0: no connection; 401: signed out; others: the server cannot now. */
export class Unreachable extends Error {
  constructor(readonly status: number) {
    super(`answer ${status}`);
  }
}

/** The server will not do it, and says why in a sentence. */
export class Refused extends Error {}

export interface UploadState {
  received: number;
  complete: boolean;
  /** Why the server will never take the file. */
  refused?: string;
}

type Fetch = (address: string, options?: RequestInit) => Promise<Response>;

export class Api {
  csrf = "";
  /** Whether somebody has touched the app since the last request. */
  touched = false;

  constructor(
    private readonly fetcher: Fetch = (address, options) => fetch(address, options),
    private readonly base = API,
  ) {}

  session(device: string | null): Promise<Session> {
    return this.json<Session>(`session${device ? `?device=${device}` : ""}`).then((session) => {
      this.csrf = session.csrf;
      return session;
    });
  }

  /** Something that is only sent again when it has changed; null if it has not. */
  async fresh<T>(path: string, etag: string | null): Promise<{ value: T; etag: string | null } | null> {
    const answer = await this.call(path, { headers: etag ? { "If-None-Match": etag } : {} });
    if (answer.status === 304) return null;
    return { value: (await answer.json()) as T, etag: answer.headers.get("ETag") };
  }

  async register(device: DeviceRow, app: string): Promise<void> {
    const stated = { id: device.id, public_key: device.public_key, name: device.name, app_version: app };
    const answer = await this.call("devices", this.body(stated), [409, 422]);
    if (!answer.ok) throw new Refused(((await answer.json().catch(() => ({}))) as { detail?: string }).detail ?? "");
  }

  /** What the device is to do; asked with its key, so that it needs no session. */
  order(device: string, statement: { text: string; signature: string }): Promise<{ wipe: boolean }> {
    return this.post<{ wipe: boolean }>(`devices/${device}/order`, statement);
  }

  /** Say that a file can never be sent, so that its record does not wait for it. */
  async giveUp(sha256: string, name: string, kind: string, why: string): Promise<void> {
    await this.call("uploads", this.body({ sha256, size: 0, name, kind, given_up: why }));
  }

  startUpload(file: { sha256: string; size: number; name: string; kind: string }): Promise<UploadState> {
    return this.upload("uploads", this.body(file));
  }

  sendPiece(sha256: string, offset: number, piece: Blob): Promise<UploadState> {
    const headers = { ...this.token(), "Upload-Offset": String(offset), "Content-Type": "application/octet-stream" };
    return this.upload(`uploads/${sha256}`, { method: "PATCH", headers, body: piece });
  }

  records<T>(device: string, records: { text: string; signature: string }[]): Promise<T> {
    return this.post<T>("records", { device, records });
  }

  post<T = unknown>(path: string, value: unknown): Promise<T> {
    return this.json<T>(path, this.body(value));
  }

  private async upload(path: string, options: RequestInit): Promise<UploadState> {
    const answer = await this.call(path, options, [400, 409, 413, 415, 422]);
    const said = (await answer.json().catch(() => ({}))) as Partial<UploadState> & { detail?: string };
    if (answer.ok || (answer.status === 409 && said.received !== undefined)) {
      const refused = said.refused ? { refused: said.refused } : {};
      return { received: said.received ?? 0, complete: said.complete ?? false, ...refused };
    }
    return { received: 0, complete: false, refused: said.detail ?? `(${answer.status})` };
  }

  private async json<T>(path: string, options?: RequestInit): Promise<T> {
    const answer = await this.call(path, options);
    try {
      return (await answer.json()) as T;
    } catch {
      throw new Unreachable(0); // cut off in the middle, or a page of the hotel's network
    }
  }

  private async call(path: string, options: RequestInit = {}, expected: number[] = []): Promise<Response> {
    const everything: RequestInit = { credentials: "same-origin", redirect: "error", cache: "no-store", ...options };
    // The app asks by itself all day; only where somebody touched it the session counts as used.
    if (this.touched) everything.headers = { ...(options.headers as Record<string, string>), "X-Touched": "1" };
    this.touched = false;
    let answer: Response;
    try {
      answer = await this.fetcher(this.base + path, everything);
    } catch {
      throw new Unreachable(0);
    }
    if (answer.ok || answer.status === 304 || expected.includes(answer.status)) return answer;
    throw new Unreachable(answer.status);
  }

  private body(value: unknown): RequestInit {
    const headers = { ...this.token(), "Content-Type": "application/json" };
    return { method: "POST", headers, body: JSON.stringify(value) };
  }

  private token(): Record<string, string> {
    return { "X-CSRFToken": this.csrf, Accept: "application/json" };
  }
}
