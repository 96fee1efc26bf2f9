/** What a page lays over the ground: coloured areas, tracks, stops and check-ins. */
import type { Map } from "maplibre-gl";
import type { FeatureCollection } from "geojson";

// From nothing to full, told apart without colour vision; the same steps as in the page's tables (patrol.css).
export const LEVELS = ["#c9ced3", "#d6e4f0", "#a9cbe6", "#6fa8d3", "#2f6da3", "#17568f"];
export const TRACK = "#b4571e";
const FONT = ["Noto Sans SC"];

export function drawOverlay(map: Map, data: FeatureCollection): void {
  map.addSource("overlay", { type: "geojson", data });
  const only = (...kinds: string[]): never => ["match", ["get", "kind"], kinds, true, false] as never;
  const level = ["match", ["get", "level"], ...LEVELS.flatMap((colour, n) => [n, colour]), LEVELS[0]];
  map.addLayer({ id: "overlay-areas", type: "fill", source: "overlay", filter: only("area"), paint: { "fill-color": level as never, "fill-opacity": 0.7 } });
  map.addLayer({ id: "overlay-borders", type: "line", source: "overlay", filter: only("area"), paint: { "line-color": "#3b5b73", "line-width": 1 } });
  map.addLayer({
    id: "overlay-lines",
    type: "line",
    source: "overlay",
    filter: only("line"),
    layout: { "line-join": "round", "line-cap": "round" },
    paint: { "line-color": TRACK, "line-width": 4, "line-opacity": 0.85 },
  });
  map.addLayer({
    id: "overlay-points",
    type: "circle",
    source: "overlay",
    filter: only("stop", "check_in"),
    paint: {
      "circle-radius": ["match", ["get", "kind"], "stop", 8, 6],
      "circle-color": ["match", ["get", "kind"], "stop", "#6a4fb0", "#00787a"],
      "circle-stroke-color": "#ffffff",
      "circle-stroke-width": 2,
    },
  });
  map.addLayer({
    id: "overlay-names",
    type: "symbol",
    source: "overlay",
    filter: only("area", "stop", "check_in"),
    layout: { "text-field": ["get", "label"], "text-font": FONT, "text-size": 12, "text-offset": [0, 1.2], "text-optional": true },
    paint: { "text-color": "#12202c", "text-halo-color": "#ffffff", "text-halo-width": 1.5 },
  });
}
