/** Where to go next. */
export type Point = [lng: number, lat: number];

const EARTH_M = 6_371_008.8;

/** Metres between two positions (WGS 84 degrees), on a sphere. */
export function metres(a: Point, b: Point): number {
  const rad = Math.PI / 180;
  const x = Math.sin(((b[1] - a[1]) * rad) / 2) ** 2;
  const y = Math.sin(((b[0] - a[0]) * rad) / 2) ** 2;
  return 2 * EARTH_M * Math.asin(Math.sqrt(Math.min(1, x + Math.cos(a[1] * rad) * Math.cos(b[1] * rad) * y)));
}

export interface Stop {
  position: Point | null;
  light: string;
  due: string | null;
}

const GRAVITY: Record<string, number> = { red: 0, amber: 1 };

/** A walk: from where one stands to the nearest, from there to the next. What is overdue comes before what is
 *  not; what has no position comes last, the earliest due first. */
export function nearestNext<T extends Stop>(stops: readonly T[], from: Point | null): T[] {
  const byDue = (a: T, b: T): number =>
    (GRAVITY[a.light] ?? 2) - (GRAVITY[b.light] ?? 2) || (a.due ?? "9").localeCompare(b.due ?? "9");
  if (!from) return [...stops].sort(byDue);
  const walk = (left: T[], start: Point): [T[], Point] => {
    const way: T[] = [];
    let here = start;
    while (left.length) {
      const next = left.reduce((best, stop) => (metres(here, stop.position!) < metres(here, best.position!) ? stop : best));
      way.push(next);
      left = left.filter((stop) => stop !== next);
      here = next.position!;
    }
    return [way, here];
  };
  const placed = stops.filter((stop) => stop.position);
  const [overdue, end] = walk(placed.filter((stop) => stop.light === "red"), from);
  const [others] = walk(placed.filter((stop) => stop.light !== "red"), end);
  return [...overdue, ...others, ...stops.filter((stop) => !stop.position).sort(byDue)];
}
