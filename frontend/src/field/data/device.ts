/** The key this installation signs with, one for each officer who uses it. The private key cannot leave. */
import { base64url } from "../pure/bytes";
import { uuid7 } from "../pure/uuid7";
import type { DeviceRow } from "../types";
import type { Db } from "./db";

const CURVE = { name: "ECDSA", namedCurve: "P-256" };

/** The officer's device; made the first time. */
export async function deviceOf(db: Db, user: number, name: string): Promise<DeviceRow> {
  const known = await db.get("devices", user);
  if (known) return known;
  const pair = await crypto.subtle.generateKey(CURVE, false, ["sign", "verify"]);
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  const made: DeviceRow = {
    user,
    id: uuid7(),
    last_seq: 0,
    private_key: pair.privateKey,
    public_key: { kty: kty!, crv: crv!, x: x!, y: y! },
    registered: false,
    name,
  };
  const change = db.transaction("devices", "readwrite");
  const meanwhile = await change.store.get(user); // another tab may have been first
  if (!meanwhile) await change.store.put(made);
  await change.done;
  return meanwhile ?? made;
}

/** ECDSA P-256 over SHA-256 of the UTF-8 text, r||s in base64url. */
export async function sign(key: CryptoKey, text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  return base64url(await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key, bytes));
}
