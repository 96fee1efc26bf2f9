/** Taking photos, sound and video, and showing what was taken. */
import { useState } from "preact/hooks";
import { files as kept } from "../app";
import { size, t } from "../texts";
import type { FileKind } from "../types";
import { capture, discard } from "../work/media";
import { Icon, Picture } from "./ui";
import type { IconName } from "./icons";

interface Props {
  hashes: string[];
  onChange: (hashes: string[]) => void;
  kinds?: FileKind[];
  label?: string;
}

const ICON: Record<FileKind, IconName> = { photo: "camera", audio: "mic", video: "video" };

export function Media({ hashes, onChange, kinds = ["photo"], label }: Props) {
  const [busy, setBusy] = useState(0);
  const take = async (input: HTMLInputElement, kind: FileKind): Promise<void> => {
    const chosen = [...(input.files ?? [])];
    input.value = "";
    let now = hashes;
    setBusy((count) => count + 1);
    for (const file of chosen) {
      const row = await capture(file, file.name || `${kind}-${Date.now()}`, kind);
      if (row && !now.includes(row.sha256)) onChange((now = [...now, row.sha256]));
    }
    setBusy((count) => count - 1);
  };
  const drop = (hash: string): void => {
    onChange(hashes.filter((one) => one !== hash));
    void discard(hash);
  };
  return (
    <div class="media">
      {label && <span class="label">{label}</span>}
      <div class="shots">
        {hashes.map((hash) => (
          <Shot hash={hash} onDrop={() => drop(hash)} />
        ))}
        {kinds.map((kind) => (
          <label class="shoot">
            <Icon name={ICON[kind]} />
            <span>{busy ? t("keeping") : t(`take_${kind}`)}</span>
            <input type="file" accept={kind === "photo" ? "image/*" : `${kind}/*`} capture="environment" multiple={kind === "photo"}
              onChange={(event) => void take(event.currentTarget, kind)} />
          </label>
        ))}
      </div>
    </div>
  );
}

function Shot({ hash, onDrop }: { hash: string; onDrop: () => void }) {
  const row = kept.value.find((file) => file.sha256 === hash);
  if (!row) return null;
  return (
    <figure class="shot">
      {row.preview ? <Picture blob={row.preview} alt={row.ref.name} /> : <div class="shot-plain"><Icon name={ICON[row.ref.kind]} />{size(row.size)}</div>}
      {!row.ref.position && <figcaption>{t("no_position")}</figcaption>}
      <button type="button" class="drop" aria-label={t("take_away")} onClick={onDrop}>
        <Icon name="close" />
      </button>
    </figure>
  );
}
