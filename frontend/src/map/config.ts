/** What the page tells the map (chengshu/ui/mapconfig.py) and what the data address answers. */

export type Bounds = [west: number, south: number, east: number, north: number];

export interface MapConfig {
  mode: "browse" | "show" | "pick" | "draw";
  dataUrl: string;
  workerUrl: string;
  language: string;
  townsUrl?: string;
  transportUrl?: string;
  tiles: { type: "tianditu"; key: string } | null;
  center?: [number, number];
  zoom?: number;
  bounds?: Bounds;
  filters: Record<string, string | string[]>;
  classes: { code: string; label: string; color: string; hollow?: boolean }[];
  statuses?: Record<string, string>;
  point?: { lng: number; lat: number; label?: string } | null;
  overlay?: GeoJSON.FeatureCollection;
  marks?: { lng: number; lat: number; label?: string }[];
  pick?: { lng: string; lat: string };
  draw?: string;
  shapesUrl?: string;
  detailUrl?: string;
  objectUrl?: string;
  bboxInput?: string;
  follow?: boolean;
  texts: Record<string, string>;
}

export type Id = number | string;

export interface Cells {
  kind: "cells";
  total: number;
  capped?: boolean;
  cells: [lng: number, lat: number, count: number, h3: string | null][];
}

export interface Points {
  kind: "points";
  total: number;
  capped?: boolean;
  points: { id: Id[]; lng: number[]; lat: number[]; class: string[]; status?: string[] };
  names?: string[];
}

export type Answer = Cells | Points;
