/** Both dates of a place: one map over the other with a divider, or side by side; both move together. */
import { Map, NavigationControl, ScaleControl, type GeoJSONSource } from "maplibre-gl";
import { element } from "./dom";
import { ProfileLine } from "./profile";
import { widened } from "./pure";
import type { Bounds, Pair, Picture, SkyConfig } from "./types";

const NOTHING: GeoJSON.FeatureCollection = { type: "FeatureCollection", features: [] };
const COLOURS = ["match", ["get", "state"], "open", "#ffd400", "lead", "#ff3b30", "known_legal", "#2ecc71", "unclear", "#ff9500", "#c0c7ce"];
const MARGIN = 1.2;
const MOST_ZOOM = 23;

export class Viewer {
  private readonly maps: { before: Map; after: Map } | null;
  private readonly panes: Record<"before" | "after", HTMLElement>;
  private readonly labels: Record<"before" | "after", HTMLElement>;
  private readonly notice = element("p", "sky-notice");
  private readonly divider: HTMLInputElement;
  private readonly ready: Promise<unknown>;
  private shown: Pair | undefined;
  private moving = false;
  private line: ProfileLine | null = null;

  constructor(
    readonly box: HTMLElement,
    private readonly config: SkyConfig,
  ) {
    const { texts } = config;
    this.panes = { before: element("div", "sky-pane sky-before"), after: element("div", "sky-pane sky-after") };
    this.labels = { before: element("span", "sky-label"), after: element("span", "sky-label sky-label-after") };
    this.divider = element("input", "sky-divider");
    Object.assign(this.divider, { type: "range", min: "0", max: "100", value: "50" });
    this.divider.setAttribute("aria-label", texts["divider"] ?? "");
    this.divider.addEventListener("input", () => this.divide());
    box.append(this.panes.before, this.panes.after, this.divider, this.labels.before, this.labels.after, this.notice);
    this.maps = this.create();
    this.ready = this.maps ? Promise.all(Object.values(this.maps).map((map) => new Promise((done) => map.on("load", done)))) : Promise.resolve();
    if (this.maps) this.start(this.maps);
  }

  private create(): { before: Map; after: Map } | null {
    const { texts } = this.config;
    try {
      return { before: this.map(this.panes.before, texts["before"] ?? ""), after: this.map(this.panes.after, texts["after"] ?? "") };
    } catch {
      this.box.append(element("p", "map-message", this.config.texts["noWebgl"]));
      return null;
    }
  }

  private map(container: HTMLElement, title: string): Map {
    const { bounds, close } = this.config;
    return new Map({
      container,
      style: { version: 8, sources: {}, layers: [{ id: "ground", type: "background", paint: { "background-color": "#dfe4e8" } }] },
      center: [121.47, 31.23],
      zoom: 14,
      ...(bounds ? { bounds: close ? widened(bounds, MARGIN) : bounds, fitBoundsOptions: { padding: 16 } } : {}),
      minZoom: 8,
      maxZoom: MOST_ZOOM,
      maxPitch: 0,
      dragRotate: false,
      pitchWithRotate: false,
      attributionControl: false,
      fadeDuration: 0,
      locale: { "Map.Title": title, "NavigationControl.ZoomIn": this.config.texts["zoomIn"] ?? "", "NavigationControl.ZoomOut": this.config.texts["zoomOut"] ?? "" },
    });
  }

  private start(maps: { before: Map; after: Map }): void {
    const { pair, suspects, suspectsUrl } = this.config;
    for (const [one, other] of [[maps.before, maps.after], [maps.after, maps.before]] as const) {
      one.touchZoomRotate.disableRotation();
      one.on("move", () => this.together(one, other));
    }
    maps.after.addControl(new NavigationControl({ showCompass: false }), "top-right");
    maps.after.addControl(new ScaleControl({ unit: "metric" }), "bottom-right");
    for (const map of [maps.before, maps.after]) {
      map.on("error", () => this.say(this.config.texts["unreadable"] ?? "")); // of the sources only tiles come by network
      map.on("movestart", () => delete this.box.dataset["idle"]);
      map.on("idle", () => {
        if (maps.before.loaded() && maps.after.loaded()) this.box.dataset["idle"] = "yes";
      });
    }
    void this.ready.then(async () => {
      for (const map of [maps.before, maps.after]) outlines(map);
      this.line?.enable();
      if (pair) this.show(pair);
      if (suspects) this.mark(suspects);
      if (suspectsUrl) await this.load(suspectsUrl);
      this.box.dataset["ready"] = "yes";
    });
    this.buttons();
    this.divide();
  }

  /** Show the pictures of two flights; those shown already stay. */
  show(pair: Pair): void {
    if (!this.maps || this.shown?.id === pair.id && pair.id !== 0) return;
    this.shown = pair;
    this.box.classList.toggle("single", pair.before === null);
    for (const side of ["before", "after"] as const) {
      const picture = pair[side];
      this.labels[side].textContent = picture && pair.before ? `${this.config.texts[side] ?? ""} ${picture.label}` : "";
      this.labels[side].title = picture?.name ?? "";
      if (picture?.pictures) lay(this.maps[side], picture);
      else bare(this.maps[side]);
    }
    const some = Boolean(pair.before?.pictures || pair.after.pictures);
    this.box.classList.toggle("bare", !some);
    this.notice.textContent = some ? "" : (this.config.texts["noPictures"] ?? "");
    this.line?.use(pair.profileUrl, { before: pair.before?.label ?? "", after: pair.after.label });
  }

  /** Draw outlines over both dates. */
  mark(data: GeoJSON.FeatureCollection): void {
    if (!this.maps) return;
    for (const map of [this.maps.before, this.maps.after]) map.getSource<GeoJSONSource>("suspects")?.setData(data);
    this.box.dataset["suspects"] = String(data.features.length);
  }

  /** Go to a place at once, with its surroundings. */
  look(bounds: Bounds): void {
    this.maps?.after.fitBounds(widened(bounds, MARGIN), { padding: 16, duration: 0, maxZoom: MOST_ZOOM });
  }

  whenReady(): Promise<unknown> {
    return this.ready;
  }

  private async load(address: string): Promise<void> {
    const answer = await fetch(address, { credentials: "same-origin" });
    if (!answer.ok) {
      this.say(this.config.texts["failed"] ?? "");
      return;
    }
    this.mark((await answer.json()) as GeoJSON.FeatureCollection);
    const { suspectUrl } = this.config;
    if (!suspectUrl || !this.maps) return;
    for (const map of [this.maps.before, this.maps.after]) {
      map.on("click", "suspect-areas", (event) => {
        const id = event.features?.[0]?.id;
        if (id !== undefined && !this.line?.drawing) window.location.assign(suspectUrl.replace("{id}", String(id)));
      });
    }
  }

  private together(one: Map, other: Map): void {
    if (this.moving) return;
    this.moving = true;
    other.jumpTo({ center: one.getCenter(), zoom: one.getZoom() });
    this.moving = false;
  }

  private buttons(): void {
    const { texts } = this.config;
    const bar = element("div", "sky-buttons");
    const ways = element("button", "button small", texts["side"]);
    ways.type = "button";
    ways.addEventListener("click", () => {
      const side = this.box.classList.toggle("side");
      ways.textContent = texts[side ? "swipe" : "side"] ?? "";
      this.divide();
      this.maps?.before.resize();
      this.maps?.after.resize();
    });
    bar.append(ways);
    if (this.maps && (this.config.pair?.profileUrl || this.config.queue)) {
      this.line = new ProfileLine(this.maps, texts, (sentence) => this.say(sentence));
      this.line.use(this.config.pair?.profileUrl ?? null, { before: "", after: "" });
      bar.append(...this.line.buttons);
    }
    this.box.append(bar);
  }

  /** The later date lies over the earlier one, from the divider to the right. */
  private divide(): void {
    const side = this.box.classList.contains("side");
    this.panes.after.style.clipPath = side || this.box.classList.contains("single") ? "" : `inset(0 0 0 ${this.divider.value}%)`;
    this.box.style.setProperty("--divider", `${this.divider.value}%`);
  }

  private say(sentence: string): void {
    const caption = document.getElementById(`${this.box.id}-caption`);
    if (caption) caption.textContent = sentence;
  }
}

function bare(map: Map): void {
  if (map.getLayer("picture")) map.removeLayer("picture");
  if (map.getSource("picture")) map.removeSource("picture");
}

function lay(map: Map, picture: Picture): void {
  bare(map);
  map.addSource("picture", {
    type: "raster",
    tiles: [window.location.origin + picture.tiles],
    tileSize: picture.size,
    minzoom: picture.minzoom,
    maxzoom: picture.maxzoom,
    ...(picture.bounds ? { bounds: picture.bounds } : {}),
  });
  map.addLayer({ id: "picture", type: "raster", source: "picture", paint: { "raster-fade-duration": 0 } }, "suspect-areas");
}

function outlines(map: Map): void {
  map.addSource("suspects", { type: "geojson", data: NOTHING });
  map.addLayer({ id: "suspect-areas", type: "fill", source: "suspects", paint: { "fill-color": COLOURS as never, "fill-opacity": 0.06 } });
  map.addLayer({ id: "suspect-halo", type: "line", source: "suspects", paint: { "line-color": "#101418", "line-width": 4, "line-opacity": 0.6 } });
  map.addLayer({ id: "suspect-lines", type: "line", source: "suspects", paint: { "line-color": COLOURS as never, "line-width": 2 } });
  // From afar an outline is too small to be seen: its corners are drawn as dots.
  map.addLayer({ id: "suspect-dots", type: "circle", source: "suspects", maxzoom: 15, paint: { "circle-color": COLOURS as never, "circle-radius": 3, "circle-stroke-color": "#101418", "circle-stroke-width": 0.5 } });
  map.on("mouseenter", "suspect-areas", () => (map.getCanvas().style.cursor = "pointer"));
  map.on("mouseleave", "suspect-areas", () => (map.getCanvas().style.cursor = ""));
}

