/** What a tag's or QR code's address says (`/t/<code>?…`). */

/** Parameters under the names the tag wrote them with: its MAC covers the name too. */
const PROOF = ["picc_data", "e", "enc", "cmac", "c", "uid", "ctr"] as const;
type Proof = Partial<Record<(typeof PROOF)[number], string>>;

export interface TagRead extends Proof {
  way: "nfc_dynamic" | "nfc_plain" | "qr" | "typed";
  code: string;
}

const LONGEST = 1024;
const CODE = /^[\w-]{1,24}$/;

/** The read of an address or a bare code; null where it is none of ours. `from`: what read it. */
export function parseTag(text: string, from: "nfc" | "qr" | "link" | "typed"): TagRead | null {
  const trimmed = text.trim();
  if (CODE.test(trimmed)) return { way: from === "nfc" ? "nfc_plain" : from === "typed" ? "typed" : "qr", code: trimmed };
  let address: URL;
  try {
    address = new URL(trimmed, "https://tag.invalid");
  } catch {
    return null;
  }
  const code = /\/t\/([\w-]{1,24})\/?$/.exec(address.pathname)?.[1];
  return code ? readOf(code, address.searchParams, from) : null;
}

/** The read handed over by `/field/#/checkin?code=…`. */
export function handedOver(query: URLSearchParams): TagRead | null {
  const code = query.get("code") ?? query.get("tag") ?? "";
  return CODE.test(code) ? readOf(code, query, "link") : null;
}

/** Where the app takes up the read of a tag's address; null for any other address. */
export function inApp(address: string): string | null {
  const { origin, pathname, searchParams } = new URL(address);
  const code = /^\/t\/([\w-]{1,24})\/?$/.exec(pathname)?.[1];
  if (!code) return null;
  return `${origin}/field/#/checkin?${new URLSearchParams([["code", code.toUpperCase()], ...searchParams])}`;
}

function readOf(code: string, query: URLSearchParams, from: "nfc" | "qr" | "link" | "typed"): TagRead {
  const proof: Proof = {};
  for (const name of PROOF) {
    const value = query.get(name);
    if (value) proof[name] = value.slice(0, LONGEST);
  }
  // An incomplete proof goes to the server all the same: it keeps it as a forgery, not as a weaker check-in.
  const { uid, ...rest } = proof;
  if (Object.keys(rest).length) return { way: "nfc_dynamic", code, ...proof };
  if (from === "typed") return { way: "typed", code };
  // A plain tag and a printed code hold the same address: only what read it tells them apart.
  const way = from === "nfc" || uid || query.get("w") === "n" ? "nfc_plain" : "qr";
  return { way, code, ...proof };
}
