/** What lies over the map: legend, the button back to the whole district, the pin of a form. */
import { Marker, type IControl, type LngLatBoundsLike, type Map } from "maplibre-gl";
import type { MapConfig } from "./config";
import { element } from "./popup";

export class Legend implements IControl {
  private box: HTMLElement | null = null;

  constructor(
    private readonly config: MapConfig,
    private readonly open: boolean,
  ) {}

  onAdd(): HTMLElement {
    const box = element("details", "maplibregl-ctrl map-legend");
    box.open = this.open;
    box.append(element("summary", "", this.config.texts["legend"]));
    const list = element("ul", "map-legend-list");
    for (const one of this.config.classes) {
      const entry = element("li", "", one.label);
      const dot = element("i");
      dot.classList.toggle("hollow", one.hollow === true);
      dot.style.color = one.color;
      entry.prepend(dot);
      list.append(entry);
    }
    box.append(list);
    this.box = box;
    return box;
  }

  onRemove(): void {
    this.box?.remove();
  }
}

export class Whole implements IControl {
  private box: HTMLElement | null = null;

  constructor(
    private readonly label: string,
    private readonly bounds: () => LngLatBoundsLike | null,
  ) {}

  onAdd(map: Map): HTMLElement {
    const box = element("div", "maplibregl-ctrl maplibregl-ctrl-group");
    const button = element("button", "map-whole");
    button.type = "button";
    button.title = this.label;
    button.setAttribute("aria-label", this.label);
    button.addEventListener("click", () => {
      const bounds = this.bounds();
      if (bounds) map.fitBounds(bounds, { padding: 16, duration: 300 });
    });
    box.append(button);
    this.box = box;
    return box;
  }

  onRemove(): void {
    this.box?.remove();
  }
}

/** A pin that writes into two inputs and follows them. */
export function pickPin(map: Map, config: MapConfig): void {
  const [lng, lat] = [input(config.pick?.lng), input(config.pick?.lat)];
  const pin = new Marker({ draggable: true, color: "#17568f" });
  let placed = false;
  const place = (at: { lng: number; lat: number }): void => {
    pin.setLngLat([at.lng, at.lat]);
    if (!placed) pin.addTo(map);
    placed = true;
  };
  const write = (): void => {
    const at = pin.getLngLat();
    for (const [box, value] of [[lng, at.lng] as const, [lat, at.lat] as const]) {
      if (!box) continue;
      box.value = value.toFixed(6);
      box.dispatchEvent(new Event("change", { bubbles: true }));
    }
  };
  const read = (): void => {
    const at = { lng: Number(lng?.value), lat: Number(lat?.value) };
    if (!lng?.value || !lat?.value || !Number.isFinite(at.lng) || !Number.isFinite(at.lat)) return;
    if (Math.abs(at.lat) > 85 || Math.abs(at.lng) > 180) return;
    place(at);
    if (!map.getBounds().contains(at)) map.setCenter(at);
  };
  if (config.point) place(config.point);
  read();
  pin.on("dragend", write);
  map.on("click", (event) => {
    place(event.lngLat);
    write();
  });
  lng?.addEventListener("input", read);
  lat?.addEventListener("input", read);
}

function input(id: string | undefined): HTMLInputElement | null {
  const found = id ? document.getElementById(id) : null;
  return found instanceof HTMLInputElement ? found : null;
}
