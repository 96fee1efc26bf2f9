/** Canonical JSON, SHA-256 and HMAC as docs/draw-specification.md wants them, by the browser's own WebCrypto. */

const encoder = new TextEncoder();

/** Why a check fails: a word for the sentence, and what its places are filled with. */
export class Failure extends Error {
  constructor(
    readonly code: string,
    readonly values: Record<string, string | number> = {},
  ) {
    super(code);
  }
}

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** RFC 8785 for what a proof may hold: members sorted by their ASCII names, everything else as JSON.stringify. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_name, inner: unknown) => {
    if (inner === null || typeof inner !== "object" || Array.isArray(inner)) return inner;
    const members = inner as Record<string, unknown>;
    return Object.fromEntries(Object.keys(members).sort().map((name) => [name, members[name]]));
  });
}

/** A list whose rows hold no objects needs no sorting; a hundred thousand rows are written at once. */
export const canonicalRows = (rows: unknown): string => JSON.stringify(rows);

export function hex(bytes: ArrayBuffer | Uint8Array): string {
  const view = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
  return Array.from(view, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function unhex(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

export const utf8 = (text: string): Uint8Array<ArrayBuffer> => encoder.encode(text) as Uint8Array<ArrayBuffer>;

export async function sha256(data: string | Uint8Array<ArrayBuffer>): Promise<string> {
  return hex(await crypto.subtle.digest("SHA-256", typeof data === "string" ? utf8(data) : data));
}

export function hmacKey(raw: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
}

export const hmac = (key: CryptoKey, message: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer> =>
  crypto.subtle.sign("HMAC", key, message);

// Brackets, numbers and strings with the colon that makes them a member's name.
const TOKEN = /"([^"\\]*(?:\\.[^"\\]*)*)"\s*(:?)|[{}]|-?[0-9][0-9.eE+-]*/gs;

/** A JSON value; fails for members that stand twice and numbers that are not whole, as the other verifiers do. */
export function parse(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Failure("notJson");
  }
  const open: Set<string>[] = [];
  for (const [token, inner, colon] of text.matchAll(TOKEN)) {
    if (token === "{") open.push(new Set());
    else if (token === "}") open.pop();
    else if (inner === undefined) {
      if (/[.eE]/.test(token)) throw new Failure("fraction", { number: token.slice(0, 20) });
    } else if (colon) {
      const name = inner.includes("\\") ? (JSON.parse(`"${inner}"`) as string) : inner;
      if (open.at(-1)?.has(name)) throw new Failure("twice");
      open.at(-1)?.add(name);
    }
  }
  return value;
}
