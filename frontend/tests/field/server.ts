/** A server of the protocol in memory, on a connection that can be cut before or after a request arrives. */
import { sha256 as hashOf } from "../../src/field/pure/bytes";

interface Taken {
  id: string;
  seq: number;
  text: string;
}

export class FakeServer {
  taken: Taken[] = [];
  files = new Map<string, { size: number; bytes: Uint8Array[]; received: number }>();
  registered = false;
  signedOut = false;
  wipe = false;
  refuse = new Set<string>();
  /** The number of a record that meets a fault. */
  stopAt = 0;
  /** Hashes of files that are never accepted, or never match. */
  never = new Set<string>();
  givenUp = new Set<string>();
  /** Signatures that are not accepted. */
  badSignatures = new Set<string>();
  requests = 0;

  constructor(
    private readonly chance: () => number = () => 1,
    private readonly failing = 0,
  ) {}

  readonly fetch = async (address: string, options: RequestInit = {}): Promise<Response> => {
    this.requests += 1;
    if (this.chance() < this.failing) throw new TypeError("cut on the way there");
    const answer = await this.answer(address, options);
    if (this.chance() < this.failing) throw new TypeError("cut on the way back");
    return answer;
  };

  private async answer(address: string, options: RequestInit): Promise<Response> {
    if (this.signedOut) return Response.json({ detail: "signed out" }, { status: 401 });
    const path = address.replace("/field/api/", "");
    const method = options.method ?? "GET";
    if (path === "devices") {
      this.registered = true;
      return Response.json({ last_seq: this.taken.length }, { status: 201 });
    }
    if (path === "uploads") return this.startUpload(JSON.parse(String(options.body)));
    if (path.startsWith("uploads/") && method === "PATCH") return this.piece(path.slice(8), options);
    if (path === "records") return this.records(JSON.parse(String(options.body)));
    return Response.json({}, { status: 404 });
  }

  private startUpload({ sha256, size, given_up }: { sha256: string; size: number; given_up?: string }): Response {
    if (given_up) this.givenUp.add(sha256);
    if (given_up || this.givenUp.has(sha256)) return Response.json({ received: 0, complete: true, refused: "no" });
    const file = this.files.get(sha256) ?? { size, bytes: [], received: 0 };
    this.files.set(sha256, file);
    return Response.json({ received: file.received, complete: file.received === file.size });
  }

  private async piece(sha256: string, options: RequestInit): Promise<Response> {
    const file = this.files.get(sha256)!;
    const offset = Number((options.headers as Record<string, string>)["Upload-Offset"]);
    if (offset !== file.received) return Response.json({ received: file.received }, { status: 409 });
    if (this.never.has(sha256)) return Response.json({ received: 0, complete: false }, { status: 409 });
    const bytes = new Uint8Array(await (options.body as Blob).arrayBuffer());
    file.bytes.push(bytes);
    file.received += bytes.length;
    return Response.json({ received: file.received, complete: file.received === file.size });
  }

  private records({ records }: { records: { text: string; signature: string }[] }): Response {
    const results: { id: string; seq: number; outcome: string; messages: string[] }[] = [];
    let stopped: object | null = this.registered ? null : { seq: 0, reason: "unknown_device" };
    for (const { text, signature } of this.registered ? records : []) {
      const record = JSON.parse(text) as { id: string; seq: number; files: { sha256: string }[] };
      const before = this.taken.find((one) => one.id === record.id);
      const missing = record.files.map((file) => file.sha256).filter((sha) => !this.complete(sha));
      if (!before && record.seq !== this.taken.length + 1) {
        stopped = { seq: record.seq, reason: "out_of_order" };
        break;
      }
      if (record.seq === this.stopAt) {
        stopped = { seq: record.seq, reason: "fault" };
        break;
      }
      if (!before && this.badSignatures.has(signature)) {
        stopped = { seq: record.seq, reason: "bad_signature" };
        break;
      }
      if (!before && missing.length) {
        stopped = { seq: record.seq, reason: "missing_file", files: missing };
        break;
      }
      if (!before) this.taken.push({ ...record, text });
      const outcome = this.refuse.has(record.id) ? "refused" : "applied";
      results.push({ id: record.id, seq: record.seq, outcome, messages: outcome === "refused" ? ["no"] : [] });
    }
    const server_time = new Date().toISOString();
    return Response.json({ results, last_seq: this.taken.length, stopped, server_time, wipe: this.wipe });
  }

  private complete(sha256: string): boolean {
    const file = this.files.get(sha256);
    return this.givenUp.has(sha256) || (file !== undefined && file.received === file.size);
  }

  digest(sha256: string): Promise<string> {
    return hashOf(new Blob(this.files.get(sha256)!.bytes as BlobPart[]));
  }
}

/** Numbers between 0 and 1 that are the same in every run (mulberry32). */
export function chances(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
