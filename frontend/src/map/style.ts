/** The ground and the layers: drawn from shipped boundaries, without any request to another host. */
import type { LayerSpecification, SourceSpecification, StyleSpecification } from "maplibre-gl";
import type { MapConfig } from "./config";

// Without a glyph server MapLibre draws letters with the fonts of the computer.
export const FONTS = "'Noto Sans SC', 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif";
const FONT = ["Noto Sans SC"];
const EMPTY = { type: "FeatureCollection" as const, features: [] };

interface Palette {
  outside: string;
  area: string;
  areaLine: string;
  areaText: string;
  halo: string;
  road: string;
  metro: string;
  place: string;
  accent: string;
  text: string;
  ring: string;
}

const LIGHT: Palette = {
  outside: "#e6eaec",
  area: "#fbfcfc",
  areaLine: "#97a2ab",
  areaText: "#4c5761",
  halo: "#ffffff",
  road: "#e0d8c6",
  metro: "#b9b3d3",
  place: "#6b6392",
  accent: "#17568f",
  text: "#12202c",
  ring: "#ffffff",
};

const DARK: Palette = {
  outside: "#0c1114",
  area: "#171e24",
  areaLine: "#52606c",
  areaText: "#a2adb7",
  halo: "#10161b",
  road: "#3a352a",
  metro: "#4a456b",
  place: "#a79fd0",
  accent: "#5aa2e0",
  text: "#f0f4f7",
  ring: "#10161b",
};

export function style(config: MapConfig, dark: boolean): StyleSpecification {
  const colours = dark ? DARK : LIGHT;
  const sources: Record<string, SourceSpecification> = {
    cells: { type: "geojson", data: EMPTY },
    points: { type: "geojson", data: EMPTY },
    names: { type: "geojson", data: EMPTY },
    towns: { type: "geojson", data: EMPTY },
    transport: { type: "geojson", data: EMPTY },
  };
  const layers: LayerSpecification[] = [
    { id: "outside", type: "background", paint: { "background-color": colours.outside } },
  ];
  if (config.tiles) {
    for (const name of ["vec", "cva"]) sources[name] = tianditu(name, config.tiles.key);
    layers.push({ id: "vec", type: "raster", source: "vec" }, { id: "cva", type: "raster", source: "cva" });
  }
  const ground = config.tiles ? [] : [areaFill(colours), ...lines(colours)];
  const names = config.tiles ? [] : [...stations(colours), areaNames(colours)];
  const [cellFill, cellCounts] = cells(colours);
  layers.push(...ground, cellFill, areaLines(colours), ...names, cellCounts, ...points(config, colours));
  return { version: 8, sources, layers };
}

/** 天地图: the national map service's vector ground and its labels, by the user's own key. */
function tianditu(layer: string, key: string): SourceSpecification {
  const query =
    `SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER=${layer}&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles` +
    `&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk=${encodeURIComponent(key)}`;
  return {
    type: "raster",
    tileSize: 256,
    maxzoom: 18,
    attribution: "天地图",
    tiles: [0, 1, 2, 3, 4, 5, 6, 7].map((n) => `https://t${n}.tianditu.gov.cn/${layer}_w/wmts?${query}`),
  };
}

function areaFill(colours: Palette): LayerSpecification {
  return { id: "areas", type: "fill", source: "towns", paint: { "fill-color": colours.area } };
}

function areaLines(colours: Palette): LayerSpecification {
  return {
    id: "area-lines",
    type: "line",
    source: "towns",
    paint: { "line-color": colours.areaLine, "line-width": ["interpolate", ["linear"], ["zoom"], 10, 0.8, 15, 1.8] },
  };
}

function areaNames(colours: Palette): LayerSpecification {
  return {
    id: "area-names",
    type: "symbol",
    source: "names",
    layout: {
      "text-field": ["get", "name"],
      "text-font": FONT,
      "text-size": ["interpolate", ["linear"], ["zoom"], 10, 11, 15, 15],
      "text-max-width": 8,
    },
    paint: { "text-color": colours.areaText, "text-halo-color": colours.halo, "text-halo-width": 1.5 },
  };
}

const ofKind = (kind: string): ["==", ["get", string], string] => ["==", ["get", "kind"], kind];

function lines(colours: Palette): LayerSpecification[] {
  return [
    {
      id: "roads",
      type: "line",
      source: "transport",
      filter: ofKind("elevated_road"),
      paint: { "line-color": colours.road, "line-width": ["interpolate", ["linear"], ["zoom"], 10, 1.5, 16, 8] },
    },
    {
      id: "metro",
      type: "line",
      source: "transport",
      filter: ofKind("metro"),
      paint: { "line-color": colours.metro, "line-width": ["interpolate", ["linear"], ["zoom"], 10, 0.8, 16, 2.5] },
    },
  ];
}

function stations(colours: Palette): LayerSpecification[] {
  return [
    {
      id: "stations",
      type: "circle",
      source: "transport",
      minzoom: 12,
      filter: ofKind("metro_station"),
      paint: {
        "circle-radius": ["interpolate", ["linear"], ["zoom"], 12, 2, 16, 4],
        "circle-color": colours.area,
        "circle-stroke-color": colours.place,
        "circle-stroke-width": 1.2,
      },
    },
    {
      id: "station-names",
      type: "symbol",
      source: "transport",
      minzoom: 13,
      filter: ofKind("metro_station"),
      layout: {
        "text-field": ["get", "name"],
        "text-font": FONT,
        "text-size": 11,
        "text-anchor": "top",
        "text-offset": [0, 0.5],
        "text-optional": true,
      },
      paint: { "text-color": colours.place, "text-halo-color": colours.halo, "text-halo-width": 1.2 },
    },
  ];
}

function cells(colours: Palette): [LayerSpecification, LayerSpecification] {
  return [
    {
      id: "cells",
      type: "fill",
      source: "cells",
      filter: ["==", ["geometry-type"], "Polygon"],
      paint: {
        "fill-color": colours.accent,
        "fill-opacity": ["interpolate", ["linear"], ["get", "share"], 0, 0.06, 1, 0.4],
        "fill-outline-color": colours.accent,
      },
    },
    {
      id: "cell-counts",
      type: "symbol",
      source: "cells",
      filter: ["==", ["geometry-type"], "Point"],
      layout: {
        "text-field": ["get", "label"],
        "text-font": FONT,
        "text-size": ["interpolate", ["linear"], ["get", "share"], 0, 11, 1, 14],
        "symbol-sort-key": ["-", ["get", "count"]],
      },
      paint: { "text-color": colours.text, "text-halo-color": colours.halo, "text-halo-width": 1.5 },
    },
  ];
}

function points(config: MapConfig, colours: Palette): LayerSpecification[] {
  const pairs = config.classes.flatMap((one) => [one.code, one.color]);
  const colour = (pairs.length ? ["match", ["get", "class"], ...pairs, colours.accent] : colours.accent) as string;
  const hollow = ["in", ["get", "class"], ["literal", config.classes.filter((one) => one.hollow).map((one) => one.code)]];
  const either = (yes: unknown, no: unknown): string => ["case", hollow, yes, no] as unknown as string;
  const radius = (extra: number): ["interpolate", ["linear"], ["zoom"], ...number[]] => [
    "interpolate",
    ["linear"],
    ["zoom"],
    11,
    3 + extra,
    14,
    5 + extra,
    17,
    8 + extra,
  ];
  return [
    {
      id: "chosen",
      type: "circle",
      source: "points",
      filter: ["==", ["get", "id"], ""],
      paint: {
        "circle-radius": radius(4),
        "circle-color": colours.ring,
        "circle-stroke-color": colours.text,
        "circle-stroke-width": 2,
      },
    },
    {
      id: "points",
      type: "circle",
      source: "points",
      layout: { "circle-sort-key": either(0, 1) as unknown as number }, // what stands lies on top
      paint: {
        "circle-radius": radius(0),
        "circle-color": either(colours.ring, colour),
        "circle-stroke-color": either(colour, colours.ring),
        "circle-stroke-width": either(2, 1.2) as unknown as number,
      },
    },
    {
      id: "point-names",
      type: "symbol",
      source: "points",
      minzoom: 16,
      layout: {
        "text-field": ["get", "name"],
        "text-font": FONT,
        "text-size": 12,
        "text-anchor": "top",
        "text-offset": [0, 0.7],
        "text-max-width": 12,
        "text-optional": true,
      },
      paint: { "text-color": colours.text, "text-halo-color": colours.halo, "text-halo-width": 1.5 },
    },
  ];
}
