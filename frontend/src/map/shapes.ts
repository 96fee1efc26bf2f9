/** Areas over the ground, such as beats: fetched once, drawn as outlines with their names. */
import type { Map } from "maplibre-gl";
import type { FeatureCollection } from "geojson";
import type { MapConfig } from "./config";

const COLOURS: Record<string, string> = { strict: "#a1327b", controlled: "#b4571e", general: "#1f6fb2" };
const OTHER = "#3b5b73";

/** Draw what `shapesUrl` answers; a map without it stays as it is. */
export async function drawShapes(map: Map, config: MapConfig): Promise<void> {
  if (!config.shapesUrl) return;
  const answer = await fetch(config.shapesUrl, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(`${config.shapesUrl}: ${answer.status}`);
  map.addSource("shapes", { type: "geojson", data: (await answer.json()) as FeatureCollection });
  const colour = ["match", ["get", "kind"], ...Object.entries(COLOURS).flat(), OTHER] as unknown as string;
  map.addLayer({
    id: "shapes",
    type: "fill",
    source: "shapes",
    paint: { "fill-color": colour, "fill-opacity": 0.14 },
  });
  map.addLayer({
    id: "shape-lines",
    type: "line",
    source: "shapes",
    paint: { "line-color": colour, "line-width": 1.6 },
  });
  map.addLayer({
    id: "shape-names",
    type: "symbol",
    source: "shapes",
    minzoom: 13,
    layout: { "text-field": ["get", "name"], "text-font": ["Noto Sans SC"], "text-size": 12 },
    paint: { "text-color": colour, "text-halo-color": "#ffffff", "text-halo-width": 1.4 },
  });
}
