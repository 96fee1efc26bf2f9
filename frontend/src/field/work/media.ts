/** Photos, sound, video and signatures: the original bytes are hashed and kept before anything else sees them. */
import * as app from "../app";
import { sha256 } from "../pure/bytes";
import { localIso } from "../pure/clock";
import { PREVIEW_PX, STORAGE_REFUSE_BYTES } from "../settings";
import { size, t } from "../texts";
import type { FileKind, FileRow } from "../types";
import { whereNow } from "./position";
import { look } from "./space";
import { reread } from "./sync";

/** Keep a file as a draft of the officer's; null where there is no room, which is said. */
export async function capture(content: Blob, name: string, kind: FileKind, takenAt = new Date()): Promise<FileRow | null> {
  const owner = app.user.value;
  if (!owner) return null;
  const free = (await look())?.free;
  if (free !== undefined && free - content.size < STORAGE_REFUSE_BYTES) {
    app.say(t("space_refused"), "danger");
    return null;
  }
  const most = app.fileLimits.value[kind];
  if (most !== undefined && content.size > most) {
    app.say(t("file_too_large", { most: size(most) }), "danger");
    return null;
  }
  try {
    const hash = await sha256(content);
    const known = await app.base.db.get("files", hash);
    if (known && known.user === owner.id) return known;
    // A picture chosen from the phone's album was taken before: its own time goes along, not that of choosing it.
    const taken = content instanceof File && content.lastModified < takenAt.getTime() ? new Date(content.lastModified) : takenAt;
    const position = await whereNow();
    const row: FileRow = {
      sha256: hash,
      user: owner.id,
      ref: { sha256: hash, name, kind, taken_at: localIso(taken), position },
      size: content.size,
      blob: content,
      preview: kind === "photo" ? await preview(content) : null,
      state: "draft",
      received: 0,
      made_at: Date.now(),
    };
    await app.base.db.put("files", row);
    await reread();
    return row;
  } catch (problem) {
    app.say(t("not_kept", { why: problem instanceof Error ? problem.message : String(problem) }), "danger");
    return null;
  }
}

/** A small picture of its own for the screen; the original is not touched. */
async function preview(content: Blob): Promise<Blob | null> {
  try {
    const picture = await createImageBitmap(content);
    const scale = Math.min(1, PREVIEW_PX / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(picture.width * scale));
    canvas.height = Math.max(1, Math.round(picture.height * scale));
    canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    return await new Promise((resolve) => canvas.toBlob(resolve, "image/webp", 0.7));
  } catch {
    return null; // a format this browser cannot draw is evidence all the same
  }
}

/** Take a draft back: only while no record carries it. */
export async function discard(hash: string): Promise<void> {
  const change = app.base.db.transaction("files", "readwrite");
  if ((await change.store.get(hash))?.state === "draft") await change.store.delete(hash);
  await change.done;
  await reread();
}
