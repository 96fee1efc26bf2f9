/** The live map: leads by light, officers on duty, objects and cameras on demand; the ground of the registry's map. */
import { AttributionControl, Map as Ground, NavigationControl, setWorkerUrl, type GeoJSONSource } from "maplibre-gl";
import type { FeatureCollection } from "geojson";
import type { Answer, Bounds } from "../map/config";
import { cellFeatures, dataAddress, pointFeatures } from "../map/data";
import { drawGround } from "../map/ground";
import { FONTS, style } from "../map/style";
import { TRACK } from "../map/overlay";
import { fetchJson, make } from "./dom";
import { LIGHTS } from "./queue";
import type { Config } from "./types";

const NOTHING: FeatureCollection = { type: "FeatureCollection", features: [] };
const REACH_PX = 14;
const DRAW_MS = 250;

export interface Place {
  id: number;
  lng: number;
  lat: number;
  light?: string;
  name?: string;
  state?: string;
}

export class CommandMap {
  readonly map: Ground | null;
  private ready = false;
  private pending = new Map<string, FeatureCollection>();
  private shown = new Map<string, string>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private request: AbortController | null = null;
  private layers = { cameras: false, objects: false };
  private tracked: number | null = null;

  constructor(
    private readonly container: HTMLElement,
    private readonly config: Config,
    private readonly choose: (kind: "lead" | "officer", id: number) => void,
  ) {
    this.map = this.create();
    this.map?.on("load", () => void this.begin());
  }

  private create(): Ground | null {
    const { map: config } = this.config;
    setWorkerUrl(new URL(config.workerUrl, window.location.href).href);
    try {
      const map = new Ground({
        container: this.container,
        style: style(config, document.documentElement.dataset["theme"] === "dark"),
        localIdeographFontFamily: FONTS,
        ...(config.bounds ? { bounds: config.bounds, fitBoundsOptions: { padding: 24 } } : {}),
        minZoom: 7,
        maxZoom: 19,
        maxPitch: 0,
        dragRotate: false,
        keyboard: false,
        attributionControl: false,
        fadeDuration: 0,
        locale: {
          "NavigationControl.ZoomIn": config.texts["zoomIn"] ?? "",
          "NavigationControl.ZoomOut": config.texts["zoomOut"] ?? "",
        },
      });
      map.touchZoomRotate.disableRotation();
      if (this.config.mode === "desk") map.addControl(new NavigationControl({ showCompass: false }), "top-right");
      map.addControl(
        new AttributionControl({
          compact: false,
          customAttribution:
            '<a href="https://www.openstreetmap.org/copyright" target="_blank" rel="noopener">© OpenStreetMap contributors</a>',
        }),
        "bottom-right",
      );
      map.on("movestart", () => delete this.container.dataset["idle"]);
      map.on("idle", () => (this.container.dataset["idle"] = "yes"));
      return map;
    } catch {
      this.container.append(make("p", "map-message", config.texts["noWebgl"]));
      return null;
    }
  }

  private async begin(): Promise<void> {
    const { map } = this;
    if (!map) return;
    this.addLayers(map);
    this.ready = true;
    for (const [source, data] of this.pending) map.getSource<GeoJSONSource>(source)?.setData(data);
    this.pending.clear();
    map.on("click", (event) => {
      const hit = this.hit(event.point.x, event.point.y, ["officers", "leads"]);
      if (hit) this.choose(hit.kind, hit.id);
    });
    map.on("moveend", () => void this.loadObjects());
    for (const layer of ["leads", "officers"]) {
      map.on("mouseenter", layer, () => (map.getCanvas().style.cursor = "pointer"));
      map.on("mouseleave", layer, () => (map.getCanvas().style.cursor = ""));
    }
    await drawGround(map, this.config.map).catch(() => null);
  }

  private colour(name: string): string {
    return getComputedStyle(this.container).getPropertyValue(`--${name}`).trim() || "#777777";
  }

  private addLayers(map: Ground): void {
    const big = this.config.mode === "wall" ? 1.6 : 1;
    for (const source of ["track", "leads", "officers"]) map.addSource(source, { type: "geojson", data: NOTHING });
    const fallback = this.colour("light-held");
    map.addLayer({
      id: "track",
      type: "line",
      source: "track",
      filter: ["==", ["get", "kind"], "line"],
      layout: { "line-join": "round", "line-cap": "round" },
      paint: { "line-color": TRACK, "line-width": 4 * big, "line-opacity": 0.85 },
    });
    map.addLayer({
      id: "track-places",
      type: "circle",
      source: "track",
      filter: ["!=", ["get", "kind"], "line"],
      paint: { "circle-radius": 5 * big, "circle-color": TRACK, "circle-stroke-color": this.colour("map-ring"), "circle-stroke-width": 1.5 },
    });
    map.addLayer({
      id: "leads",
      type: "circle",
      source: "leads",
      layout: { "circle-sort-key": ["get", "rank"] },
      paint: {
        "circle-radius": ["interpolate", ["linear"], ["zoom"], 10, 4 * big, 13, 6 * big, 16, 10 * big],
        "circle-color": ["match", ["get", "light"], ...LIGHTS.flatMap((one) => [one, this.colour(`light-${one}`)]), fallback] as never,
        "circle-stroke-color": this.colour("map-ring"),
        "circle-stroke-width": 1.5,
      },
    });
    map.addLayer({
      id: "lead-chosen",
      type: "circle",
      source: "leads",
      filter: ["==", ["get", "id"], -1],
      paint: {
        "circle-radius": ["interpolate", ["linear"], ["zoom"], 10, 9 * big, 13, 12 * big, 16, 16 * big],
        "circle-opacity": 0,
        "circle-stroke-color": this.colour("text"),
        "circle-stroke-width": 3,
      },
    });
    map.addLayer({
      id: "officers",
      type: "circle",
      source: "officers",
      paint: {
        "circle-radius": 7 * big,
        "circle-color": ["match", ["get", "state"], "free", this.colour("officer-free"), "busy", this.colour("officer-busy"), this.colour("officer-stale")],
        "circle-stroke-color": this.colour("text"),
        "circle-stroke-width": 2,
      },
    });
    map.addLayer({
      id: "officer-names",
      type: "symbol",
      source: "officers",
      layout: {
        "text-field": ["get", "name"],
        "text-font": ["Noto Sans SC"],
        "text-size": 12 * big,
        "text-anchor": "left",
        "text-offset": [0.9, 0],
        "text-optional": true,
      },
      paint: { "text-color": this.colour("text"), "text-halo-color": this.colour("map-ring"), "text-halo-width": 1.5 },
    });
  }

  /** What lies under a point of the page's canvas. */
  hit(x: number, y: number, layers: ("leads" | "officers")[]): { kind: "lead" | "officer"; id: number } | null {
    if (!this.map || !this.ready) return null;
    const box: [[number, number], [number, number]] = [
      [x - REACH_PX, y - REACH_PX],
      [x + REACH_PX, y + REACH_PX],
    ];
    for (const layer of layers) {
      const [found] = this.map.queryRenderedFeatures(box, { layers: [layer] });
      if (found) return { kind: layer === "leads" ? "lead" : "officer", id: Number(found.properties["id"]) };
    }
    return null;
  }

  /** The officer on whom something was dropped, in coordinates of the window. */
  officerAt(clientX: number, clientY: number): number | null {
    const box = this.container.getBoundingClientRect();
    return this.hit(clientX - box.left, clientY - box.top, ["officers"])?.id ?? null;
  }

  /** Drawn anew only where something has changed: events of leads that the filter hides come all the time. */
  show(source: "leads" | "officers", places: Place[]): void {
    const stamp = JSON.stringify(places);
    if (this.shown.get(source) === stamp) return;
    this.shown.set(source, stamp);
    const data: FeatureCollection = {
      type: "FeatureCollection",
      features: places.map((place) => ({
        type: "Feature",
        properties: { ...place, rank: -LIGHTS.indexOf((place.light ?? "held") as never) },
        geometry: { type: "Point", coordinates: [place.lng, place.lat] },
      })),
    };
    this.container.dataset[source] = String(places.length);
    this.pending.set(source, data);
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      if (!this.ready || !this.map) return;
      for (const [name, one] of this.pending) this.map.getSource<GeoJSONSource>(name)?.setData(one);
      this.pending.clear();
    }, DRAW_MS);
  }

  /** Today's track of one officer; asked for again it goes. The server records who looked. */
  async track(officer: number): Promise<void> {
    const address = this.config.urls.track;
    if (!address || !this.map || !this.ready) return;
    this.tracked = this.tracked === officer ? null : officer;
    const asked = this.tracked;
    const found = asked === null ? null : await fetchJson<FeatureCollection>(address.replace("{id}", String(asked)));
    if (asked !== this.tracked) return;
    this.map.getSource<GeoJSONSource>("track")?.setData(found ?? NOTHING);
    this.container.dataset["track"] = String(found?.features.length ?? 0);
  }

  mark(id: number | null, position: [number, number] | null): void {
    if (!this.map || !this.ready) return;
    this.map.setFilter("lead-chosen", ["==", ["get", "id"], id ?? -1]);
    if (position && !this.map.getBounds().contains(position)) this.map.easeTo({ center: position, duration: 300 });
  }

  toggle(layer: "officers" | "cameras" | "objects", on: boolean): void {
    if (layer === "officers") {
      for (const name of ["officers", "officer-names"]) {
        if (this.ready) this.map?.setLayoutProperty(name, "visibility", on ? "visible" : "none");
      }
      return;
    }
    this.layers[layer] = on;
    void this.loadObjects();
  }

  private async loadObjects(): Promise<void> {
    const { map, layers } = this;
    if (!map) return;
    this.request?.abort();
    const set = (source: string, data: FeatureCollection): void => {
      map.getSource<GeoJSONSource>(source)?.setData(data);
    };
    if (!layers.objects && !layers.cameras) {
      set("cells", NOTHING);
      set("points", NOTHING);
      return;
    }
    const request = (this.request = new AbortController());
    const box = map.getBounds();
    const bounds: Bounds = [box.getWest(), box.getSouth(), box.getEast(), box.getNorth()];
    const fixed: Record<string, string> = layers.objects ? {} : { class: this.config.cameraClass };
    if (this.config.room.squad !== null) fixed["squad"] = String(this.config.room.squad);
    try {
      const answer = await fetch(dataAddress(this.config.map.dataUrl, bounds, map.getZoom(), fixed, ""), {
        signal: request.signal,
        credentials: "same-origin",
      });
      if (!answer.ok) return;
      const data = (await answer.json()) as Answer;
      set("cells", data.kind === "cells" ? cellFeatures(data) : NOTHING);
      set("points", data.kind === "points" ? pointFeatures(data) : NOTHING);
    } catch {
      // the next move of the map asks again
    }
  }
}
