/** Milliseconds to wait before the next try: doubling, with jitter so that phones do not come back together. */
export function backoff(tries: number, random = Math.random(), first = 1_000, most = 120_000): number {
  const full = Math.min(most, first * 2 ** Math.min(tries, 20));
  return Math.round(full / 2 + (full / 2) * random);
}
