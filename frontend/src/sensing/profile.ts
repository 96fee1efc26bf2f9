/** The heights of both dates along a line that is drawn by clicks, as a small chart below the pictures. */
import type { GeoJSONSource, Map, MapMouseEvent } from "maplibre-gl";
import { element } from "./dom";
import { curve, largest, ticks } from "./pure";
import type { Profile } from "./types";

const SVG = "http://www.w3.org/2000/svg";
const [LEAST_WIDE, MOST_WIDE] = [280, 1100];
const HIGH = 220;
const EDGE = { left: 48, right: 12, top: 20, bottom: 36 };

export class ProfileLine {
  readonly buttons: HTMLButtonElement[];
  drawing = false;
  private address: string | null = null;
  private days = { before: "", after: "" };
  private points: [number, number][] = [];
  private request: AbortController | null = null;

  constructor(
    private readonly maps: { before: Map; after: Map },
    private readonly texts: Record<string, string>,
    private readonly say: (sentence: string) => void,
  ) {
    const draw = element("button", "button small", texts["profile"]);
    const clear = element("button", "button small", texts["clear"]);
    draw.type = clear.type = "button";
    draw.dataset["profile"] = "";
    clear.hidden = true;
    draw.disabled = true; // until the maps can be drawn on
    draw.addEventListener("click", () => this.begin());
    clear.addEventListener("click", () => this.end());
    this.buttons = [draw, clear];
    for (const map of [maps.before, maps.after]) map.on("click", (event) => this.click(event));
  }

  /** The maps can be drawn on now. */
  enable(): void {
    if (this.buttons[0]) this.buttons[0].disabled = false;
  }

  /** Ask this address from now on; null: these flights carry no heights. `days`: of both flights. */
  use(address: string | null, days: { before: string; after: string }): void {
    this.address = address;
    this.days = days;
    this.end();
    if (this.buttons[0]) this.buttons[0].hidden = address === null;
  }

  private begin(): void {
    this.drawing = true;
    this.points = [];
    this.draw();
    this.cursor("crosshair");
    if (this.buttons[1]) this.buttons[1].hidden = false;
    this.say(this.texts["profileHint"] ?? "");
  }

  private end(): void {
    this.drawing = false;
    this.points = [];
    this.request?.abort();
    this.draw();
    this.cursor("");
    if (this.buttons[1]) this.buttons[1].hidden = true;
    const box = document.getElementById("sky-profile");
    if (box) {
      box.hidden = true;
      box.replaceChildren();
    }
    this.say("");
  }

  private cursor(kind: string): void {
    for (const map of [this.maps.before, this.maps.after]) map.getCanvas().style.cursor = kind;
  }

  private click(event: MapMouseEvent): void {
    if (!this.drawing) return;
    this.points.push([event.lngLat.lng, event.lngLat.lat]);
    this.draw();
    if (this.points.length > 1) void this.ask();
  }

  private draw(): void {
    const data: GeoJSON.Feature = { type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: this.points.length > 1 ? this.points : [] } };
    for (const map of [this.maps.before, this.maps.after]) {
      if (!this.points.length && !map.getSource("profile")) continue;
      if (!map.getSource("profile")) {
        map.addSource("profile", { type: "geojson", data });
        map.addLayer({ id: "profile", type: "line", source: "profile", paint: { "line-color": "#00c2ff", "line-width": 3, "line-dasharray": [2, 1] } });
      }
      map.getSource<GeoJSONSource>("profile")?.setData(data);
    }
  }

  private async ask(): Promise<void> {
    if (!this.address) return;
    this.request?.abort();
    const request = (this.request = new AbortController());
    const line = this.points.map(([lng, lat]) => `${lng.toFixed(8)},${lat.toFixed(8)}`).join(";");
    try {
      const answer = await fetch(`${this.address}?line=${encodeURIComponent(line)}`, { signal: request.signal, credentials: "same-origin" });
      const said = (await answer.json()) as Profile & { detail?: string };
      if (!answer.ok) this.say(said.detail ?? this.texts["failed"] ?? "");
      else this.chart(said);
    } catch {
      if (!request.signal.aborted) this.say(this.texts["failed"] ?? "");
    }
  }

  /** Whose lines these are, and where both dates differ most. */
  private caption(profile: Profile): HTMLElement {
    const box = element("p", "sky-legend");
    for (const side of ["before", "after"] as const) {
      box.append(element("span", side, `${this.texts[side] ?? ""} ${this.days[side]}`.trim()), " ");
    }
    const most = largest(profile);
    if (most) {
      const gain = `${most.gain > 0 ? "+" : ""}${most.gain.toFixed(1)}`;
      box.append(element("span", "muted", (this.texts["largest"] ?? "").replace("{gain}", gain).replace("{at}", most.at.toFixed(0))));
    }
    return box;
  }

  private chart(profile: Profile): void {
    const box = document.getElementById("sky-profile");
    if (!box) return;
    const known = [...profile.before, ...profile.after].filter((height): height is number => height !== null);
    if (!known.length) {
      this.say(this.texts["profileEmpty"] ?? "");
      return;
    }
    box.hidden = false;
    const wide = Math.min(MOST_WIDE, Math.max(LEAST_WIDE, box.clientWidth - 24)); // letters keep their size on a phone
    box.replaceChildren(this.caption(profile), drawChart(profile, Math.min(...known), Math.max(...known), wide, this.texts));
    this.say("");
    box.scrollIntoView({ block: "nearest" });
  }
}

function drawChart(profile: Profile, low: number, high: number, wide: number, texts: Record<string, string>): SVGElement {
  const length = profile.distance.at(-1) ?? 1;
  const [from, to] = [Math.floor(low - 0.5), Math.ceil(high + 0.5)];
  const x = (metres: number): number => EDGE.left + (metres / length) * (wide - EDGE.left - EDGE.right);
  const y = (height: number): number => HIGH - EDGE.bottom - ((height - from) / (to - from)) * (HIGH - EDGE.top - EDGE.bottom);
  const svg = made("svg", { viewBox: `0 0 ${wide} ${HIGH}`, role: "img", class: "sky-chart" });
  svg.setAttribute("aria-label", texts["profile"] ?? "");
  for (const height of ticks(from, to, 4)) {
    svg.append(made("line", { x1: EDGE.left, x2: wide - EDGE.right, y1: y(height), y2: y(height), class: "grid" }), label(EDGE.left - 6, y(height) + 4, String(height), "end"));
  }
  for (const metres of ticks(0, length, wide / 90)) svg.append(label(x(metres), HIGH - EDGE.bottom + 16, String(metres), "middle"));
  svg.append(
    label(wide - EDGE.right, HIGH - 4, texts["metres"] ?? "", "end"),
    label(4, 12, texts["height"] ?? "", "start"),
    made("path", { d: curve(profile.distance, profile.before, x, y), class: "before" }),
    made("path", { d: curve(profile.distance, profile.after, x, y), class: "after" }),
  );
  return svg;
}

function made(name: string, attributes: Record<string, string | number>): SVGElement {
  const one = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) one.setAttribute(key, String(value));
  return one;
}

function label(x: number, y: number, text: string, anchor: string, kind = ""): SVGElement {
  const one = made("text", { x, y, "text-anchor": anchor, class: kind });
  one.textContent = text;
  return one;
}
