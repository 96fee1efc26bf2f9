/** What the pages tell the viewer (chengshu/sensing/views/common.py) and what the queue answers. */

export type Bounds = [west: number, south: number, east: number, north: number];

export interface Picture {
  id: number;
  tiles: string;
  label: string;
  name: string;
  /** Whether there is a file behind it, not its record only. */
  pictures: boolean;
  minzoom: number;
  maxzoom: number;
  size: number;
  bounds: Bounds | null;
}

export interface Pair {
  id: number;
  before: Picture | null;
  after: Picture;
  profileUrl: string | null;
}

export interface SkyConfig {
  workerUrl: string;
  texts: Record<string, string>;
  pair?: Pair;
  bounds?: Bounds | null;
  /** Show the place from near, with room around it. */
  close?: boolean;
  suspects?: GeoJSON.FeatureCollection;
  suspectsUrl?: string;
  suspectUrl?: string;
  queue?: "first" | "second";
  nextUrl?: string;
  decideUrl?: string;
  undoUrl?: string;
  comparison?: number | null;
}

export interface Card {
  id: number;
  number: string;
  outline: GeoJSON.Geometry;
  pair: Pair;
  bounds: Bounds;
  kind: string;
  area: string;
  score: string;
  town: string;
  gain: string | null;
  reasons: string[];
  known: string[];
  earlier: string[];
}

export interface Profile {
  distance: number[];
  before: (number | null)[];
  after: (number | null)[];
}
