/** Room on the device. */
import * as app from "../app";

export async function look(): Promise<{ free: number; persisted: boolean } | null> {
  if (!navigator.storage?.estimate) return null;
  const { quota = 0, usage = 0 } = await navigator.storage.estimate();
  const persisted = (await navigator.storage.persisted?.()) ?? false;
  app.space.value = { free: Math.max(0, quota - usage), persisted };
  return app.space.value;
}

/** Ask the browser not to clear the app's data when space runs short. */
export async function persist(): Promise<void> {
  await navigator.storage?.persist?.();
  await look();
}
