/** What a tag's or QR code's address says (`/t/<code>?…`). */
export interface TagRead {
  way: "nfc_dynamic" | "nfc_plain" | "qr";
  code: string;
  picc_data?: string;
  enc?: string;
  cmac?: string;
  uid?: string;
  ctr?: string;
}

const HEX = /^[0-9a-fA-F]{2,512}$/;
const CODE = /^[\w-]{1,24}$/;

/** The read of an address or a bare code; null where it is none of ours. `from`: what read it. */
export function parseTag(text: string, from: "nfc" | "qr" | "link"): TagRead | null {
  const trimmed = text.trim();
  if (CODE.test(trimmed)) return { way: from === "nfc" ? "nfc_plain" : "qr", code: trimmed };
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

function readOf(code: string, query: URLSearchParams, from: "nfc" | "qr" | "link"): TagRead {
  const value = (...names: string[]): string => names.map((name) => query.get(name) ?? "").find((one) => HEX.test(one)) ?? "";
  const [picc, enc, cmac, uid, ctr] = [value("picc_data", "e"), value("enc"), value("cmac", "c"), value("uid"), value("ctr")];
  if (cmac && (picc || uid)) {
    const parts = { picc_data: picc, enc, cmac, uid, ctr };
    const given = Object.fromEntries(Object.entries(parts).filter(([, text]) => text));
    return { way: "nfc_dynamic", code, ...given };
  }
  // A plain tag and a printed code hold the same address: only what read it tells them apart.
  if (from === "nfc") return { way: "nfc_plain", code, ...(uid ? { uid } : {}) };
  return { way: query.get("w") === "n" ? "nfc_plain" : "qr", code, ...(uid ? { uid } : {}) };
}
