import { describe, expect, it } from "vitest";
import { curve, largest, Line, ticks, tilesOf, widened, zoomFor } from "../src/sensing/pure";
import type { Bounds, Card, Picture } from "../src/sensing/types";

const picture: Picture = { id: 1, tiles: "/t/{z}/{x}/{y}.webp?v=1", label: "", name: "", pictures: true, minzoom: 10, maxzoom: 20, size: 256, bounds: null };
const place: Bounds = [121.433, 31.243, 121.4332, 31.2431];
const card = (id: number): Card => ({ id }) as Card;

describe("the view of a suspect", () => {
  it("has room around it on every side", () => {
    const [west, south, east, north] = widened(place, 1);
    expect(west).toBeLessThan(place[0]);
    expect(south).toBeLessThan(place[1]);
    expect(east).toBeGreaterThan(place[2]);
    expect(north).toBeGreaterThan(place[3]);
  });

  it("asks for the tiles that cover it, at a zoom that there is", () => {
    const tiles = tilesOf(picture, place, 30);
    expect(tiles.length).toBeGreaterThan(0);
    expect(tiles.every((address) => address.startsWith("/t/20/"))).toBe(true);
    expect(tilesOf(picture, [120, 30, 122, 32], 20)).toEqual([]);
    expect(zoomFor([0, 0, 360, 1], 512)).toBeCloseTo(0);
  });
});

describe("the chart of heights", () => {
  it("leaves a gap where nothing was measured", () => {
    const path = curve([0, 1, 2, 3], [1, null, 2, 3], (x) => x, (y) => y);
    expect(path).toBe("M0.0 1.0M2.0 2.0L3.0 3.0");
  });

  it("says where both dates differ most, wherever both were measured", () => {
    const known = { distance: [0, 1, 2, 3], before: [4, 4, null, 9], after: [4.5, 7, 20, 4] };
    expect(largest(known)).toEqual({ gain: -5, at: 3 });
    expect(largest({ distance: [0], before: [null], after: [3] })).toBeNull();
  });

  it("has round steps", () => {
    expect(ticks(3, 11, 4)).toEqual([4, 6, 8, 10]);
  });
});

describe("the queue", () => {
  it("shows one after the other and gives the last one back", () => {
    const line = new Line();
    line.add([card(1), card(2), card(2)]);
    line.left = 2;
    expect(line.current?.id).toBe(1);
    expect(line.next?.id).toBe(2);
    line.shift();
    expect([line.current?.id, line.left, line.last?.id]).toEqual([2, 1, 1]);
    line.add([card(1)]);
    line.back();
    expect([line.current?.id, line.left, line.last]).toEqual([1, 2, undefined]);
    expect(line.held).toEqual([1, 2]);
  });

  it("forgets a verdict that was not taken", () => {
    const line = new Line();
    line.add([card(1), card(2)]);
    const first = line.shift();
    if (first) line.drop(first);
    expect(line.last).toBeUndefined();
    expect(line.held).toEqual([2]);
  });
});
