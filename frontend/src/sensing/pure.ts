/** Reckoning without a browser: tiles of a view, the curve of a profile, the order of the queue. */
import type { Bounds, Card, Picture, Profile } from "./types";

/** The box with `margin` times its larger side around it, so that a suspect is seen in its surroundings. */
export function widened([west, south, east, north]: Bounds, margin: number): Bounds {
  const x = Math.max(east - west, (north - south) / 2) * margin;
  const y = Math.max(north - south, (east - west) / 2) * margin;
  return [west - x, south - y, east + x, north + y];
}

/** The addresses of the tiles that cover a box at a zoom; none for more than `most` of them. */
export function tilesOf(picture: Picture, bounds: Bounds, zoom: number, most = 24): string[] {
  const z = Math.max(picture.minzoom, Math.min(picture.maxzoom, Math.round(zoom)));
  const n = 2 ** z;
  const column = (lng: number): number => Math.floor(((lng + 180) / 360) * n);
  const row = (lat: number): number => {
    const sine = Math.sin((lat * Math.PI) / 180);
    return Math.floor((0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * n);
  };
  const found: string[] = [];
  for (let x = column(bounds[0]); x <= column(bounds[2]); x += 1) {
    for (let y = row(bounds[3]); y <= row(bounds[1]); y += 1) {
      if (found.length === most) return [];
      found.push(picture.tiles.replace("{z}", String(z)).replace("{x}", String(x)).replace("{y}", String(y)));
    }
  }
  return found;
}

/** The zoom (512-pixel tiles) at which a box fills a width of so many pixels. */
export function zoomFor(bounds: Bounds, pixels: number): number {
  return Math.log2(((pixels / 512) * 360) / Math.max(bounds[2] - bounds[0], 1e-9));
}

/** SVG path of a curve; gaps where nothing was measured. */
export function curve(
  along: number[],
  heights: (number | null)[],
  x: (metres: number) => number,
  y: (height: number) => number,
): string {
  let path = "";
  let down = false;
  heights.forEach((height, at) => {
    if (height === null) {
      down = false;
      return;
    }
    path += `${down ? "L" : "M"}${x(along[at] ?? 0).toFixed(1)} ${y(height).toFixed(1)}`;
    down = true;
  });
  return path;
}

/** Where both dates differ most: metres gained there (negative: lost) and metres along the line. */
export function largest(profile: Profile): { gain: number; at: number } | null {
  let found: { gain: number; at: number } | null = null;
  profile.after.forEach((height, index) => {
    const before = profile.before[index] ?? null;
    if (height === null || before === null) return;
    const gain = height - before;
    if (!found || Math.abs(gain) > Math.abs(found.gain)) found = { gain, at: profile.distance[index] ?? 0 };
  });
  return found;
}

/** Round steps for an axis: about `count` of them. */
export function ticks(from: number, to: number, count: number): number[] {
  const raw = Math.max(to - from, 1e-9) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= raw) ?? raw;
  const found: number[] = [];
  for (let value = Math.ceil(from / step) * step; value <= to + 1e-9; value += step) found.push(Number(value.toFixed(6)));
  return found;
}

/** The suspects in hand: the one shown, those that follow, and what was decided, newest last. */
export class Line {
  private readonly waiting: Card[] = [];
  private readonly done: Card[] = [];
  left = 0;

  get current(): Card | undefined {
    return this.waiting[0];
  }

  get next(): Card | undefined {
    return this.waiting[1];
  }

  get held(): number[] {
    return [...this.waiting, ...this.done].map((card) => card.id);
  }

  get short(): boolean {
    return this.waiting.length < 6;
  }

  add(cards: Card[]): void {
    const held = new Set(this.held);
    for (const card of cards) {
      if (!held.has(card.id)) this.waiting.push(card);
      held.add(card.id);
    }
  }

  /** The one shown is decided: the next takes its place. */
  shift(): Card | undefined {
    const card = this.waiting.shift();
    if (card) {
      this.done.push(card);
      this.left = Math.max(0, this.left - 1);
    }
    return card;
  }

  /** The last one comes back to the front. */
  back(): Card | undefined {
    const card = this.done.pop();
    if (card) {
      this.waiting.unshift(card);
      this.left += 1;
    }
    return card;
  }

  /** A verdict that was not taken: it is none of those that can be taken back, and may come again. */
  drop(card: Card): void {
    const at = this.done.indexOf(card);
    if (at >= 0) this.done.splice(at, 1);
  }

  get last(): Card | undefined {
    return this.done.at(-1);
  }
}
