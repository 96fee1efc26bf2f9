import { latLngToCell } from "h3-js";
import { describe, expect, it } from "vitest";
import type { Cells, MapConfig, Points } from "../src/map/config";
import {
  boundsOf,
  caption,
  cellFeatures,
  dataAddress,
  labelPoint,
  placeText,
  pointFeatures,
  readPlace,
  short,
} from "../src/map/data";
import { style } from "../src/map/style";

const texts = { none: "none", objects: "{n} objects", objectsCapped: "more than {n}" };

describe("the data address", () => {
  const box = [121.3, 31.2, 121.5, 31.3] as const;
  it("holds box, zoom, fixed filters and those of the page", () => {
    const address = dataAddress("/data", [...box], 12.9, { class: ["a", "b"] }, "?town=1&page=3&sort=name&at=1/2/3&q=");
    expect(address).toBe("/data?class=a&class=b&town=1&bbox=121.300000%2C31.200000%2C121.500000%2C31.300000&zoom=12");
  });
  it("a fixed filter cannot be overruled by the page", () => {
    expect(dataAddress("/data?v=1", [...box], 12, { class: "a" }, "?class=b")).toContain("/data?v=1&class=a&bbox=");
  });
});

describe("cells", () => {
  const h3 = latLngToCell(31.25, 121.4, 8);
  const answer: Cells = { kind: "cells", total: 1010, cells: [[121.4, 31.25, 1000, h3], [121.5, 31.26, 10, null]] };
  it("become hexagons with a number, or a number alone", () => {
    const { features } = cellFeatures(answer);
    expect(features.map((one) => one.geometry.type)).toEqual(["Polygon", "Point", "Point"]);
    expect((features[0]?.geometry as GeoJSON.Polygon).coordinates[0]).toHaveLength(7);
    expect(features[1]?.properties).toEqual({ count: 1000, label: "1.0k", share: 1 });
    expect(features[2]?.properties?.["share"]).toBeCloseTo(Math.log(11) / Math.log(1001));
  });
  it("none at all is no features", () => {
    expect(cellFeatures({ kind: "cells", total: 0, cells: [] }).features).toEqual([]);
  });
  it.each([[0, "0"], [999, "999"], [1234, "1.2k"], [9960, "10k"], [15_400, "15k"]])("%i reads %s", (count, label) =>
    expect(short(count)).toBe(label),
  );
});

it("points keep their columns together", () => {
  const answer: Points = {
    kind: "points",
    total: 2,
    points: { id: [7, 8], lng: [121.4, 121.5], lat: [31.2, 31.3], class: ["a", "b"] },
    names: ["甲", "乙"],
  };
  expect(pointFeatures(answer).features[1]).toEqual({
    type: "Feature",
    properties: { id: 8, class: "b", status: "", name: "乙" },
    geometry: { type: "Point", coordinates: [121.5, 31.3] },
  });
});

it("the caption tells exact, capped and empty apart", () => {
  const answer = (total: number, capped: boolean): Cells => ({ kind: "cells", total, capped, cells: [] });
  expect(caption(answer(1234, false), texts)).toBe("1,234 objects");
  expect(caption(answer(10_000, true), texts)).toBe("more than 10,000");
  expect(caption(answer(0, false), texts)).toBe("none");
});

describe("areas", () => {
  const square = (x: number, y: number, size: number): number[][][] => [
    [[x, y], [x + size, y], [x + size, y + size], [x, y + size], [x, y]],
  ];
  it("are named in their largest part", () => {
    const at = labelPoint({ type: "MultiPolygon", coordinates: [square(0, 0, 1), square(10, 10, 4)] });
    expect(at).toEqual([12, 12]);
    expect(labelPoint({ type: "Point", coordinates: [1, 2] })).toBeNull();
  });
  it("have a box", () => {
    const feature = (coordinates: number[][][]): GeoJSON.Feature => ({
      type: "Feature",
      properties: {},
      geometry: { type: "Polygon", coordinates },
    });
    const features = [feature(square(1, 2, 3)), feature(square(-1, 5, 1))];
    expect(boundsOf({ type: "FeatureCollection", features })).toEqual([-1, 2, 4, 6]);
    expect(boundsOf({ type: "FeatureCollection", features: [] })).toBeNull();
  });
});

it("a place survives the address", () => {
  expect(readPlace(placeText(14.256, 31.245678, 121.4))).toEqual({ zoom: 14.26, center: [121.4, 31.24568] });
  for (const wrong of [null, "", "1/2", "a/b/c", "3/99/0", "3/0/999"]) expect(readPlace(wrong)).toBeNull();
});

describe("the style", () => {
  const config: MapConfig = {
    mode: "browse",
    dataUrl: "/d",
    workerUrl: "/w.js",
    language: "zh-hans",
    tiles: null,
    filters: {},
    classes: [{ code: "a", label: "甲", color: "#123456" }],
    texts: {},
  };
  it("asks no other host for anything", () => {
    expect(JSON.stringify(style(config, false))).not.toContain("http");
    expect(style(config, true).glyphs).toBeUndefined();
  });
  it("takes national tiles by key only", () => {
    const tiled = style({ ...config, tiles: { type: "tianditu", key: "k&y" } }, false);
    expect(Object.keys(tiled.sources)).toContain("cva");
    expect(JSON.stringify(tiled)).toContain("tk=k%26y");
    expect(tiled.layers.some((layer) => layer.id === "areas")).toBe(false);
  });
});
