/** The map of the officer's app: an island of its own, since it weighs more than all the rest. */
import { AttributionControl, type GeoJSONSource, Map, NavigationControl, setWorkerUrl } from "maplibre-gl";
import "maplibre-gl/dist/maplibre-gl.css";
import type { FeatureCollection } from "geojson";
import type { Point } from "./pure/near";

export interface Mark {
  position: Point;
  kind: string;
  label: string;
  path: string;
}

export interface FieldMap {
  show: (marks: Mark[], here: Point | null) => void;
  remove: () => void;
}

interface Given {
  worker: string;
  towns: string;
  tiles: string;
  language: string;
  open: (path: string) => void;
}

const COLOURS = [
  "match", ["get", "kind"], "red", "#a82219", "amber", "#b26a00", "green", "#17653c", "here", "#17568f", "visited", "#17653c", "point", "#4a545d", "#3f4f9a",
];
const NOTHING: FeatureCollection = { type: "FeatureCollection", features: [] };

export function start(container: HTMLElement, given: Given): FieldMap {
  if (given.worker) setWorkerUrl(new URL(given.worker, location.href).href);
  const map = new Map({
    container,
    center: [121.4, 31.25],
    zoom: 12,
    attributionControl: false,
    style: { version: 8, sources: {}, layers: [{ id: "ground", type: "background", paint: { "background-color": "#eef1f3" } }] },
  });
  map.addControl(new NavigationControl({ showCompass: false }));
  if (given.tiles) map.addControl(new AttributionControl({ compact: true }));
  let wanted: [Mark[], Point | null] = [[], null];
  let moved = false;
  map.on("load", () => {
    ground(map, given);
    map.addSource("marks", { type: "geojson", data: NOTHING });
    map.addLayer({
      id: "marks", type: "circle", source: "marks",
      paint: {
        "circle-color": COLOURS as never,
        "circle-radius": ["match", ["get", "kind"], ["point", "visited"], 6, 11],
        "circle-stroke-color": "#fff", "circle-stroke-width": 2,
      },
    });
    map.on("click", "marks", (event) => {
      const path = event.features?.[0]?.properties["path"] as string | undefined;
      if (path) given.open(path);
    });
    draw();
  });
  const draw = (): void => {
    const source = map.getSource<GeoJSONSource>("marks");
    const [marks, here] = wanted;
    if (!source) return;
    const all: Mark[] = here ? [...marks, { position: here, kind: "here", label: "", path: "" }] : marks;
    source.setData({
      type: "FeatureCollection",
      features: all.map(({ position, ...properties }) => ({ type: "Feature", properties, geometry: { type: "Point", coordinates: position } })),
    });
    if (moved || !all.length) return;
    moved = true;
    const lng = all.map((mark) => mark.position[0]);
    const lat = all.map((mark) => mark.position[1]);
    map.fitBounds([[Math.min(...lng), Math.min(...lat)], [Math.max(...lng), Math.max(...lat)]], { padding: 48, maxZoom: 16, animate: false });
  };
  return {
    show(marks, here) {
      wanted = [marks, here];
      draw();
    },
    remove: () => map.remove(),
  };
}

/** Tianditu where the bureau has a key, else the outlines of the towns. */
function ground(map: Map, given: Given): void {
  if (given.tiles) {
    const layer = (name: string): string =>
      `https://t0.tianditu.gov.cn/${name}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER=${name}&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk=${given.tiles}`;
    for (const name of ["vec", "cva"]) {
      map.addSource(name, { type: "raster", tiles: [layer(name)], tileSize: 256, attribution: "天地图" });
      map.addLayer({ id: name, type: "raster", source: name });
    }
  } else if (given.towns) {
    map.addSource("towns", { type: "geojson", data: given.towns });
    map.addLayer({ id: "towns", type: "fill", source: "towns", paint: { "fill-color": "#fff", "fill-outline-color": "#9aa5af" } });
  }
}
