/** Reading a tag or a code with what the browser has. */
import { parseTag, type TagRead } from "../pure/tags";

/** Parts of Web NFC and Barcode Detection that are used; no browser's types have them yet. */
interface NdefReading extends Event {
  message: { records: { recordType: string; data?: DataView; encoding?: string }[] };
}
interface NdefReader extends EventTarget {
  scan(options: { signal: AbortSignal }): Promise<void>;
}
interface Detector {
  detect(source: CanvasImageSource): Promise<{ rawValue: string }[]>;
}
const browser = globalThis as unknown as {
  NDEFReader?: new () => NdefReader;
  BarcodeDetector?: new (options: { formats: string[] }) => Detector;
};

export const hasNfc = (): boolean => browser.NDEFReader !== undefined;
export const hasCamera = (): boolean => browser.BarcodeDetector !== undefined && Boolean(navigator.mediaDevices?.getUserMedia);

/** Waits for the next tag held to the phone. Ends when `signal` aborts. */
export async function readNfc(signal: AbortSignal): Promise<TagRead | null> {
  const reader = new browser.NDEFReader!();
  await reader.scan({ signal });
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(null));
    reader.addEventListener("reading", (event) => {
      for (const record of (event as NdefReading).message.records) {
        if (record.recordType !== "url" && record.recordType !== "absolute-url") continue;
        const read = parseTag(new TextDecoder().decode(record.data), "nfc");
        if (read) return resolve(read);
      }
      resolve(null);
    });
  });
}

const LOOK_EVERY_MS = 250;

/** Looks through the camera until a code of ours is seen. */
export async function readQr(video: HTMLVideoElement, signal: AbortSignal): Promise<TagRead | null> {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  const detector = new browser.BarcodeDetector!({ formats: ["qr_code"] });
  try {
    video.srcObject = stream;
    await video.play();
    while (!signal.aborted) {
      for (const code of await detector.detect(video).catch(() => [])) {
        const read = parseTag(code.rawValue, "qr");
        if (read) return read;
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
    return null;
  } finally {
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  }
}
