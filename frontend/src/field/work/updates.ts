/** A new version waits until the officer says so and nothing is being written. */
import * as app from "../app";
import { alone } from "../data/locks";

let waitingWorker: ServiceWorker | null = null;

let started: Promise<void> = Promise.resolve();

export function startWorker(): Promise<void> {
  started = start();
  return started;
}

/** The workers go, also one that is just being installed: it would fill its cache again. */
export async function stopWorker(): Promise<void> {
  await started.catch(() => undefined);
  for (const worker of (await navigator.serviceWorker?.getRegistrations()) ?? []) await worker.unregister();
}

async function start(): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  const found = await navigator.serviceWorker.register("/field/sw.js", { scope: "/field/" });
  // A tag's address opens the app without a network too; where that worker is not to be had, nothing else suffers.
  await navigator.serviceWorker.register("/field/tags-sw.js", { scope: "/t/" }).catch(() => undefined);
  const offer = (worker: ServiceWorker | null): void => {
    if (!worker || !navigator.serviceWorker.controller) return;
    waitingWorker = worker;
    app.updateReady.value = true;
  };
  offer(found.waiting);
  found.addEventListener("updatefound", () => {
    const worker = found.installing;
    worker?.addEventListener("statechange", () => worker.state === "installed" && offer(worker));
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" && navigator.onLine) void found.update().catch(() => undefined);
  });
}

/** Change to the new version. The locks are those of numbering and sending: neither is cut off. */
export function update(): Promise<void> {
  return alone("chengshu-field-send", () =>
    alone("chengshu-field-number", async () => {
      navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
      waitingWorker?.postMessage({ type: "ACTIVATE" });
    }),
  );
}
