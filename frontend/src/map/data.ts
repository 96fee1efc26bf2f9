/** From the data address's compact columns to features, and the address itself. Nothing here needs a map. */
import { cellToBoundary } from "h3-js";
import type { Feature, FeatureCollection, Polygon, Position } from "geojson";
import type { Answer, Bounds, Cells, Points } from "./config";

/** Query keys that belong to the list or the map itself, not to the filters. */
const NOT_FILTERS = new Set(["page", "sort", "at", "bbox", "zoom"]);

/** The data address for a view: its box, zoom, the page's fixed filters and those in the page's own address. */
export function dataAddress(
  base: string,
  bounds: Bounds,
  zoom: number,
  fixed: Record<string, string | string[]>,
  pageQuery: string,
): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fixed)) {
    for (const one of Array.isArray(value) ? value : [value]) query.append(name, one);
  }
  for (const [name, value] of new URLSearchParams(pageQuery)) {
    if (!NOT_FILTERS.has(name) && value && !(name in fixed)) query.append(name, value);
  }
  query.set("bbox", bounds.map((degrees) => degrees.toFixed(6)).join(","));
  query.set("zoom", String(Math.floor(zoom)));
  return `${base}${base.includes("?") ? "&" : "?"}${query.toString()}`;
}

/** Hexagons with their count and a share of the fullest (0–1, by logarithm: a few cells hold most objects). */
export function cellFeatures(answer: Cells): FeatureCollection {
  const most = Math.max(1, ...answer.cells.map((cell) => cell[2]));
  const features: Feature[] = [];
  for (const [lng, lat, count, h3] of answer.cells) {
    const properties = { count, label: short(count), share: Math.log(count + 1) / Math.log(most + 1) };
    if (h3) {
      const ring = cellToBoundary(h3, true) as Position[];
      features.push({ type: "Feature", properties, geometry: { type: "Polygon", coordinates: [ring] } });
    }
    features.push({ type: "Feature", properties, geometry: { type: "Point", coordinates: [lng, lat] } });
  }
  return { type: "FeatureCollection", features };
}

export function pointFeatures(answer: Points): FeatureCollection {
  const { id, lng, lat, class: code, status } = answer.points;
  return {
    type: "FeatureCollection",
    features: id.map((one, at) => ({
      type: "Feature",
      properties: {
        id: one,
        class: code[at] ?? "",
        status: status?.[at] ?? "",
        name: answer.names?.[at] ?? "",
      },
      geometry: { type: "Point", coordinates: [lng[at] ?? 0, lat[at] ?? 0] },
    })),
  };
}

/** 950, 1.2k, 15k: a number that fits its hexagon. */
export function short(count: number): string {
  if (count < 1000) return String(count);
  return `${(count / 1000).toFixed(count < 9950 ? 1 : 0)}k`;
}

/** What the caption says about an answer. */
export function caption(answer: Answer, texts: Record<string, string>): string {
  if (answer.total === 0) return texts["none"] ?? "";
  const pattern = texts[answer.capped ? "objectsCapped" : "objects"] ?? "{n}";
  return pattern.replace("{n}", answer.total.toLocaleString("en"));
}

/** Where an area's name goes: the centroid of its largest ring. */
export function labelPoint(geometry: GeoJSON.Geometry): Position | null {
  const polygons =
    geometry.type === "Polygon" ? [geometry.coordinates] : geometry.type === "MultiPolygon" ? geometry.coordinates : [];
  let best: { area: number; at: Position } | null = null;
  for (const polygon of polygons as Polygon["coordinates"][]) {
    const found = centroid(polygon[0] ?? []);
    if (found && (!best || found.area > best.area)) best = found;
  }
  return best?.at ?? null;
}

function centroid(ring: Position[]): { area: number; at: Position } | null {
  let [area, x, y] = [0, 0, 0];
  for (let i = 0; i + 1 < ring.length; i++) {
    const [ax = 0, ay = 0] = ring[i] ?? [];
    const [bx = 0, by = 0] = ring[i + 1] ?? [];
    const cross = ax * by - bx * ay;
    area += cross;
    x += (ax + bx) * cross;
    y += (ay + by) * cross;
  }
  return area === 0 ? null : { area: Math.abs(area), at: [x / (3 * area), y / (3 * area)] };
}

/** The box around all positions of a collection. */
export function boundsOf(collection: FeatureCollection): Bounds | null {
  let box: Bounds | null = null;
  const visit = (part: unknown): void => {
    if (!Array.isArray(part)) return;
    if (typeof part[0] === "number") {
      const [x, y] = part as [number, number];
      box = box ? [Math.min(box[0], x), Math.min(box[1], y), Math.max(box[2], x), Math.max(box[3], y)] : [x, y, x, y];
    } else part.forEach(visit);
  };
  for (const feature of collection.features) visit((feature.geometry as { coordinates?: unknown } | null)?.coordinates);
  return box;
}

/** The map's place as it stands in the address of the page: zoom/lat/lng. */
export function placeText(zoom: number, lat: number, lng: number): string {
  return `${zoom.toFixed(2)}/${lat.toFixed(5)}/${lng.toFixed(5)}`;
}

export function readPlace(text: string | null): { zoom: number; center: [number, number] } | null {
  const [zoom, lat, lng] = (text ?? "").split("/").map(Number);
  if (zoom === undefined || lat === undefined || lng === undefined) return null;
  if (![zoom, lat, lng].every(Number.isFinite) || Math.abs(lat) > 85 || Math.abs(lng) > 180) return null;
  return { zoom, center: [lng, lat] };
}
