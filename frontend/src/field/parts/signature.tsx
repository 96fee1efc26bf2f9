/** A pad to sign on with a finger. The picture is kept as a file like any other evidence. */
import { useEffect, useRef, useState } from "preact/hooks";
import { files } from "../app";
import { t } from "../texts";
import { capture, discard } from "../work/media";
import { Picture } from "./ui";

const WIDTH = 640;
const HEIGHT = 240;

interface Props {
  label: string;
  hash: string | null;
  onHash: (hash: string | null) => void;
}

export function Signature({ label, hash, onHash }: Props) {
  const known = files.value.find((file) => file.sha256 === hash);
  const again = (): void => {
    if (hash) void discard(hash);
    onHash(null);
  };
  return (
    <div class="signature">
      <div class="signature-head">
        <span class="label">{label}</span>
        {hash && (
          <button type="button" class="quiet" onClick={again}>
            {t("sign_again")}
          </button>
        )}
      </div>
      {known?.blob ? <div class="signed"><Picture blob={known.blob} alt={label} /></div> : <Pad label={label} onHash={onHash} />}
    </div>
  );
}

function Pad({ label, onHash }: Pick<Props, "label" | "onHash">) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [drawn, setDrawn] = useState(false);
  useEffect(() => draw(canvas.current!, () => setDrawn(true)), []);
  const wipe = (): void => {
    canvas.current!.getContext("2d")!.clearRect(0, 0, WIDTH, HEIGHT);
    setDrawn(false);
  };
  const done = async (): Promise<void> => {
    const blob = await new Promise<Blob | null>((resolve) => canvas.current!.toBlob(resolve, "image/png"));
    const row = blob && (await capture(blob, "signature.png", "photo"));
    if (row) onHash(row.sha256);
  };
  return (
    <>
      <canvas ref={canvas} width={WIDTH} height={HEIGHT} class="pad" aria-label={label} />
      <div class="row">
        <button type="button" class="button" onClick={wipe} disabled={!drawn}>{t("wipe_pad")}</button>
        <button type="button" class="button main" onClick={() => void done()} disabled={!drawn}>{t("signed_now")}</button>
      </div>
    </>
  );
}

function draw(canvas: HTMLCanvasElement, begun: () => void): () => void {
  const context = canvas.getContext("2d")!;
  let down = false;
  const place = (event: PointerEvent): [number, number] => {
    const frame = canvas.getBoundingClientRect();
    return [((event.clientX - frame.left) * WIDTH) / frame.width, ((event.clientY - frame.top) * HEIGHT) / frame.height];
  };
  const start = (event: PointerEvent): void => {
    down = true;
    canvas.setPointerCapture(event.pointerId);
    Object.assign(context, { strokeStyle: "#111", lineWidth: 5, lineCap: "round", lineJoin: "round" });
    context.beginPath();
    context.moveTo(...place(event));
    event.preventDefault();
  };
  const move = (event: PointerEvent): void => {
    if (!down) return;
    context.lineTo(...place(event));
    context.stroke();
    begun();
  };
  const end = (): void => void (down = false);
  const handlers = { pointerdown: start, pointermove: move, pointerup: end, pointercancel: end };
  for (const [name, handler] of Object.entries(handlers)) canvas.addEventListener(name, handler as EventListener);
  return () => {
    for (const [name, handler] of Object.entries(handlers)) canvas.removeEventListener(name, handler as EventListener);
  };
}
