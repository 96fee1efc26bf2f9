import { describe, expect, it } from "vitest";
import { cornersOf, polygonText } from "../src/map/draw";

const TRIANGLE = [
  [121.4, 31.2],
  [121.5, 31.2],
  [121.5, 31.3],
];

describe("a drawn polygon", () => {
  it("is closed when it is written, and open again when it is read", () => {
    const text = polygonText(TRIANGLE);
    expect(JSON.parse(text)).toEqual({ type: "Polygon", coordinates: [[...TRIANGLE, TRIANGLE[0]]] });
    expect(cornersOf(text)).toEqual(TRIANGLE);
  });

  it("is nothing below three corners", () => {
    expect(polygonText(TRIANGLE.slice(1))).toBe("");
    expect(cornersOf("")).toEqual([]);
  });

  it("leaves alone what has several parts, holes or is no polygon", () => {
    const ring = [...TRIANGLE, TRIANGLE[0]];
    expect(cornersOf(JSON.stringify({ type: "MultiPolygon", coordinates: [[ring]] }))).toBeNull();
    expect(cornersOf(JSON.stringify({ type: "Polygon", coordinates: [ring, ring] }))).toBeNull();
    expect(cornersOf("no json")).toBeNull();
  });
});
