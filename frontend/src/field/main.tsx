/** The officer's app: opened from the cache, shown from the database, then brought up to date. */
import { render } from "preact";
import * as app from "./app";
import { open } from "./data/db";
import { expireDuty } from "./work/duty";
import { watchClock, lookAtClock } from "./work/clock";
import { attend, flush } from "./work/position";
import { look, persist } from "./work/space";
import { channel, reread, restore, sync } from "./work/sync";
import { startWorker } from "./work/updates";
import { loadTexts, t } from "./texts";
import { follow } from "./parts/route";
import { Frame } from "./screens/frame";
import "./field.css";

const MINUTE_MS = 60_000;

async function begin(): Promise<void> {
  const root = document.getElementById("app")!;
  app.base.version = root.dataset["version"] ?? "";
  const texts = loadTexts();
  if (!globalThis.crypto?.subtle || !("indexedDB" in globalThis)) {
    await texts;
    root.textContent = t("needs_https");
    return;
  }
  app.base.db = await open(undefined, () => app.say(t("close_other_tabs"), "warn"));
  await Promise.all([texts, restore()]);
  render(<Frame />, root);
  follow();
  performance.mark("field-shown");
  void startWorker();
  void persist();
  listen();
  await sync();
}

function listen(): void {
  for (const touch of ["pointerdown", "keydown"]) addEventListener(touch, () => (app.api.touched = true), { passive: true });
  addEventListener("online", () => {
    app.online.value = true;
    void sync();
  });
  addEventListener("offline", () => (app.online.value = false));
  document.addEventListener("visibilitychange", () => {
    attend();
    if (document.visibilityState === "visible") void sync();
  });
  setInterval(() => {
    lookAtClock();
    void expireDuty(Date.now()).then(attend);
    void look();
  }, MINUTE_MS);
  attend();
  void flush();
  watchClock();
  channel.onmessage = () => void reread();
}

void begin();
