/** Drawing one polygon into a form: a click adds a corner, a corner can be dragged, buttons take corners back. */
import { Marker, type GeoJSONSource, type Map } from "maplibre-gl";
import type { Feature, Position } from "geojson";
import type { MapConfig } from "./config";
import { element } from "./popup";

const COLOUR = "#17568f";
const PLACES = 7;

/** The corners of a GeoJSON polygon without holes; null for any other text, which drawing leaves alone. */
export function cornersOf(text: string): Position[] | null {
  if (!text.trim()) return [];
  try {
    const shape = JSON.parse(text) as { type?: string; coordinates?: Position[][] };
    const [ring, ...holes] = shape.type === "Polygon" ? (shape.coordinates ?? []) : [];
    return ring && !holes.length ? ring.slice(0, -1) : null;
  } catch {
    return null;
  }
}

/** The corners as the text of a closed GeoJSON polygon; empty below three. */
export function polygonText(corners: Position[]): string {
  const [first] = corners;
  if (!first || corners.length < 3) return "";
  const round = (at: Position): Position => at.map((degrees) => Number(degrees.toFixed(PLACES)));
  return JSON.stringify({ type: "Polygon", coordinates: [[...corners, first].map(round)] });
}

export function drawPolygon(map: Map, config: MapConfig): void {
  const input = config.draw ? document.getElementById(config.draw) : null;
  if (!(input instanceof HTMLInputElement)) return;
  let corners = cornersOf(input.value);
  let markers: Marker[] = [];
  map.addSource("drawn", { type: "geojson", data: { type: "FeatureCollection", features: [] } });
  map.addLayer({ id: "drawn", type: "fill", source: "drawn", paint: { "fill-color": COLOUR, "fill-opacity": 0.2 } });
  map.addLayer({ id: "drawn-line", type: "line", source: "drawn", paint: { "line-color": COLOUR, "line-width": 2 } });

  const picture = (): void => {
    const text = corners === null ? input.value : polygonText(corners);
    const line: Feature = {
      type: "Feature",
      properties: {},
      geometry: text
        ? (JSON.parse(text) as Feature["geometry"])
        : { type: "LineString", coordinates: corners && corners.length > 1 ? corners : [] },
    };
    const shown = text || (corners?.length ?? 0) > 1;
    map.getSource<GeoJSONSource>("drawn")?.setData({ type: "FeatureCollection", features: shown ? [line] : [] });
  };
  const write = (): void => {
    input.value = corners === null ? input.value : polygonText(corners);
    input.dispatchEvent(new Event("change", { bubbles: true }));
    picture();
  };
  const pins = (): void => {
    for (const marker of markers) marker.remove();
    markers = (corners ?? []).map((at, number) => {
      const marker = new Marker({ element: element("i", "map-corner"), draggable: true });
      marker.setLngLat([at[0] ?? 0, at[1] ?? 0]).addTo(map);
      marker.on("drag", () => {
        const { lng, lat } = marker.getLngLat();
        if (corners) corners[number] = [lng, lat];
        picture();
      });
      marker.on("dragend", write);
      return marker;
    });
  };
  const change = (next: Position[]): void => {
    corners = next;
    write();
    pins();
  };
  map.on("click", (event) => {
    // A boundary of several parts came from a file; only "draw anew" replaces it.
    if (corners !== null) change([...corners, [event.lngLat.lng, event.lngLat.lat]]);
  });
  const buttons: [string, () => void][] = [
    ["undo", () => change((corners ?? []).slice(0, -1))],
    ["clear", () => change([])],
  ];
  for (const [name, act] of buttons) {
    document.querySelector(`[data-draw="${name}"]`)?.addEventListener("click", () => {
      if (name === "clear" || corners !== null) act();
    });
  }
  pins();
  picture();
  const box = bounds(input.value);
  if (box) map.fitBounds(box, { padding: 32, duration: 0 });
}

/** West, south, east, north of the positions in a GeoJSON geometry. */
function bounds(text: string): [number, number, number, number] | null {
  const numbers: Position[] = [];
  const walk = (value: unknown): void => {
    if (!Array.isArray(value)) return;
    if (typeof value[0] === "number") numbers.push(value as Position);
    else value.forEach(walk);
  };
  try {
    walk((JSON.parse(text || "{}") as { coordinates?: unknown }).coordinates);
  } catch {
    return null;
  }
  if (!numbers.length) return null;
  const lngs = numbers.map((at) => at[0] ?? 0);
  const lats = numbers.map((at) => at[1] ?? 0);
  return [Math.min(...lngs), Math.min(...lats), Math.max(...lngs), Math.max(...lats)];
}
