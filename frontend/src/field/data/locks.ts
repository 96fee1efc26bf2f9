/** One at a time across all tabs, by Web Locks; within one tab where the browser has none. */
const queues = new Map<string, Promise<unknown>>();

export function alone<T>(name: string, work: () => Promise<T>): Promise<T> {
  if (globalThis.navigator?.locks) return navigator.locks.request(name, work) as Promise<T>;
  const before = queues.get(name) ?? Promise.resolve();
  const mine = before.then(work, work);
  queues.set(name, mine.catch(() => undefined));
  return mine;
}

/** Like `alone`, but null at once where somebody else is at it. */
export async function ifFree<T>(name: string, work: () => Promise<T>): Promise<T | null> {
  if (!globalThis.navigator?.locks) return alone(name, work);
  return navigator.locks.request(name, { ifAvailable: true }, (lock) => (lock ? work() : null)) as Promise<T | null>;
}
