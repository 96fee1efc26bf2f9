/** One map: ground, objects of the view fetched as it moves, popups, caption. */
import { AttributionControl, Map, Marker, NavigationControl, ScaleControl, type GeoJSONSource } from "maplibre-gl";
import type { Answer, Bounds, MapConfig } from "./config";
import { Legend, pickPin, Whole } from "./controls";
import { caption, cellFeatures, dataAddress, placeText, pointFeatures, readPlace } from "./data";
import { drawPolygon } from "./draw";
import { drawGround } from "./ground";
import { element, openPopup } from "./popup";
import { drawOverlay } from "./overlay";
import { drawShapes } from "./shapes";
import { FONTS, style } from "./style";

const MOVE_MS = 150;
const REACH_PX = 6;
const NOTHING = { type: "FeatureCollection" as const, features: [] };

export class ObjectMap {
  private readonly map: Map | null;
  private readonly captionBox: HTMLElement | null;
  private request: AbortController | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private whole: Bounds | null;
  private pageQuery = window.location.search;

  constructor(
    private readonly container: HTMLElement,
    private readonly config: MapConfig,
  ) {
    this.captionBox = document.getElementById(`${container.id}-caption`);
    this.whole = config.bounds ?? null;
    this.map = this.create();
    this.map?.on("load", () => void this.fill());
  }

  remove(): void {
    this.request?.abort();
    this.map?.remove();
  }

  /** Fetch again if the page's filters, which live in its address, are no longer those shown. */
  refreshIfAddressChanged(): void {
    if (window.location.search === this.pageQuery) return;
    this.pageQuery = window.location.search;
    this.soon();
  }

  private create(): Map | null {
    const { config, container } = this;
    const place = config.follow ? readPlace(new URLSearchParams(window.location.search).get("at")) : null;
    const start = place ?? { center: config.point ? ([config.point.lng, config.point.lat] as const) : config.center };
    const quiet = config.mode === "show";
    try {
      const map = new Map({
        container,
        style: style(config, document.documentElement.dataset["theme"] === "dark"),
        localIdeographFontFamily: FONTS,
        center: [...(start.center ?? [121.47, 31.23])] as [number, number],
        zoom: place?.zoom ?? config.zoom ?? (config.point ? 16 : 11),
        ...(config.bounds && !place && !config.point
          ? { bounds: config.bounds, fitBoundsOptions: { padding: 16 } }
          : {}),
        minZoom: 7,
        maxZoom: 19,
        maxPitch: 0,
        dragRotate: false,
        pitchWithRotate: false,
        scrollZoom: !quiet,
        attributionControl: false,
        fadeDuration: 0,
        locale: {
          "NavigationControl.ZoomIn": config.texts["zoomIn"] ?? "",
          "NavigationControl.ZoomOut": config.texts["zoomOut"] ?? "",
          "Popup.Close": config.texts["close"] ?? "",
          "Map.Title": container.getAttribute("aria-label") ?? "",
          "Marker.Title": config.point?.label ?? config.texts["pickHint"] ?? "",
        },
      });
      // The drawing itself is the region now; twice the same landmark would be read twice.
      for (const name of ["role", "aria-label"]) container.removeAttribute(name);
      map.touchZoomRotate.disableRotation();
      map.keyboard.disableRotation();
      map.addControl(new NavigationControl({ showCompass: false }), "top-right");
      map.addControl(new Whole(config.texts["whole"] ?? "", () => this.whole), "top-right");
      map.addControl(new ScaleControl({ unit: "metric" }), "bottom-left");
      map.addControl(
        new AttributionControl({
          compact: false,
          customAttribution:
            '<a href="https://www.openstreetmap.org/copyright" target="_blank" rel="noopener">© OpenStreetMap contributors</a>',
        }),
        "bottom-right",
      );
      if (config.dataUrl && config.classes.length > 1) map.addControl(new Legend(config, container.clientWidth > 560), "top-left");
      // Whoever looks on from outside (a test, a printer) can see when the picture is complete.
      map.on("movestart", () => delete container.dataset["idle"]);
      map.on("idle", () => (container.dataset["idle"] = "yes"));
      return map;
    } catch {
      container.append(element("p", "map-message", config.texts["noWebgl"]));
      return null;
    }
  }

  private async fill(): Promise<void> {
    const { map, config } = this;
    if (!map) return;
    const ground = drawGround(map, config).then((bounds) => {
      if (!bounds || this.whole) return;
      this.whole = bounds;
      const placed = config.point || config.center || (config.follow && readPlace(this.queryValue("at")));
      if (!placed) map.fitBounds(bounds, { padding: 16, duration: 0 });
    });
    // Without its ground the map is bare but still shows the objects.
    await ground.catch(() => undefined);
    await drawShapes(map, config).catch(() => undefined);
    if (config.mode === "pick") pickPin(map, config);
    else if (config.point) {
      new Marker({ color: "#17568f" }).setLngLat([config.point.lng, config.point.lat]).addTo(map);
    }
    if (config.overlay) {
      drawOverlay(map, config.overlay);
      delete this.container.dataset["idle"]; // until it is drawn, too
      this.container.dataset["overlay"] = String(config.overlay.features.length);
    }
    for (const mark of config.marks ?? []) {
      const marker = new Marker({ color: "#b4571e", scale: 0.7 }).setLngLat([mark.lng, mark.lat]).addTo(map);
      marker.getElement().title = mark.label ?? "";
    }
    if (config.mode === "draw") drawPolygon(map, config);
    if (config.mode === "pick") this.say(config.texts["pickHint"] ?? "");
    if (config.mode === "draw") this.say(config.texts["drawHint"] ?? "");
    if (!config.dataUrl) return;
    map.on("moveend", () => {
      this.keepPlace(map);
      this.soon();
    });
    this.pointer(map);
    await this.load();
  }

  private queryValue(name: string): string | null {
    return new URLSearchParams(window.location.search).get(name);
  }

  private soon(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.load(), MOVE_MS);
  }

  private async load(): Promise<void> {
    const { map, config } = this;
    if (!map || !config.dataUrl) return;
    this.request?.abort();
    const request = (this.request = new AbortController());
    const box = map.getBounds();
    const bounds: Bounds = [box.getWest(), box.getSouth(), box.getEast(), box.getNorth()];
    const pageQuery = config.mode === "browse" ? window.location.search : "";
    const address = dataAddress(config.dataUrl, bounds, map.getZoom(), config.filters, pageQuery);
    this.moved(bounds);
    try {
      const response = await fetch(address, { signal: request.signal, credentials: "same-origin" });
      if (!response.ok) throw new Error(String(response.status));
      this.draw(map, (await response.json()) as Answer);
    } catch {
      if (!request.signal.aborted) this.say(config.texts["failed"] ?? "");
    }
  }

  private draw(map: Map, answer: Answer): void {
    const set = (source: string, data: GeoJSON.FeatureCollection): void => {
      map.getSource<GeoJSONSource>(source)?.setData(data);
    };
    set("cells", answer.kind === "cells" ? cellFeatures(answer) : NOTHING);
    set("points", answer.kind === "points" ? pointFeatures(answer) : NOTHING);
    if (this.config.mode === "browse") this.say(caption(answer, this.config.texts));
    this.container.dataset["total"] = String(answer.total);
    this.container.dataset["kind"] = answer.kind;
  }

  /** The address of the page shows where the map was moved to, so that it can be sent to a colleague. */
  private keepPlace(map: Map): void {
    if (!this.config.follow) return;
    const query = new URLSearchParams(window.location.search);
    const { lat, lng } = map.getCenter();
    query.set("at", placeText(map.getZoom(), lat, lng));
    window.history.replaceState(window.history.state, "", `?${query.toString().replaceAll("%2F", "/")}`);
    this.pageQuery = window.location.search;
  }

  /** Tell the page which box is shown: a hidden input, and an event that htmx can wait for. */
  private moved(bounds: Bounds): void {
    const input = this.config.bboxInput ? document.getElementById(this.config.bboxInput) : null;
    if (input instanceof HTMLInputElement) input.value = bounds.map((degrees) => degrees.toFixed(6)).join(",");
    this.container.dispatchEvent(new CustomEvent("map-moved", { bubbles: true, detail: { bounds } }));
  }

  private pointer(map: Map): void {
    map.on("click", (event) => {
      if (this.config.mode === "pick") return;
      const { x, y } = event.point;
      const near = map.queryRenderedFeatures(
        [
          [x - REACH_PX, y - REACH_PX],
          [x + REACH_PX, y + REACH_PX],
        ],
        { layers: ["points"] },
      );
      if (near.length) {
        map.setFilter("chosen", ["in", ["get", "id"], ["literal", near.map((one) => one.properties["id"])]]);
        openPopup(map, this.config, near).on("close", () => map.setFilter("chosen", ["==", ["get", "id"], ""]));
        return;
      }
      const [cell] = map.queryRenderedFeatures(event.point, { layers: ["cells", "cell-counts"] });
      if (cell) map.easeTo({ center: event.lngLat, zoom: map.getZoom() + 2, duration: 300 });
    });
    for (const layer of ["points", "cells"]) {
      map.on("mouseenter", layer, () => (map.getCanvas().style.cursor = "pointer"));
      map.on("mouseleave", layer, () => (map.getCanvas().style.cursor = ""));
    }
  }

  private say(sentence: string): void {
    if (this.captionBox && this.captionBox.textContent !== sentence) this.captionBox.textContent = sentence;
  }
}
