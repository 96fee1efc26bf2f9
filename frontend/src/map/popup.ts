/** What opens on a click: the objects at that spot, by name, class, status, address, each a link to its file. */
import { Popup, type Map, type MapGeoJSONFeature } from "maplibre-gl";
import type { MapConfig } from "./config";

const MOST = 8;

export function openPopup(map: Map, config: MapConfig, features: MapGeoJSONFeature[]): Popup {
  const seen = new Set<unknown>();
  const objects = features.filter((one) => !seen.has(one.properties["id"]) && seen.add(one.properties["id"]));
  const box = element("div", "map-objects");
  for (const object of objects.slice(0, MOST)) box.append(card(config, object.properties, objects.length === 1));
  if (objects.length > MOST) {
    box.append(element("p", "muted", (config.texts["more"] ?? "").replace("{n}", String(objects.length))));
  }
  const at = (objects[0]?.geometry as GeoJSON.Point).coordinates as [number, number];
  return new Popup({ maxWidth: "320px", focusAfterOpen: true })
    .setLngLat(at)
    .setDOMContent(box)
    .addTo(map);
}

function card(config: MapConfig, object: Record<string, string | number>, alone: boolean): HTMLElement {
  const { texts } = config;
  const id = encodeURIComponent(String(object["id"]));
  const name = String(object["name"] || object["id"]);
  const box = element("div", "map-object");
  const title = element("strong");
  if (config.objectUrl) title.append(link(config.objectUrl.replace("{id}", id), name));
  else title.textContent = name;
  const facts = element("p", "muted");
  const set = (address: string, status?: string): void => {
    const kind = config.classes.find((one) => one.code === object["class"])?.label;
    const state = status || config.statuses?.[String(object["status"])];
    facts.textContent = [kind, state, address].filter(Boolean).join(" · ");
  };
  set("");
  box.append(title, facts);
  if (alone && config.objectUrl) box.append(link(config.objectUrl.replace("{id}", id), texts["open"] ?? "", "button small"));
  if (config.detailUrl) void fill(config.detailUrl.replace("{id}", id), title, set);
  return box;
}

/** Name and address come from the object's own address, which checks who may see them. */
async function fill(address: string, title: HTMLElement, set: (address: string, status?: string) => void): Promise<void> {
  const answer = await fetch(address, { credentials: "same-origin", headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  const detail = (await answer.json()) as { name?: string; address?: string; status_label?: string };
  if (detail.name) (title.querySelector("a") ?? title).textContent = detail.name;
  set(detail.address ?? "", detail.status_label);
}

function link(address: string, words: string, className = ""): HTMLAnchorElement {
  const anchor = element("a", className, words);
  anchor.href = address;
  return anchor;
}

export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  className = "",
  words = "",
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (words) made.textContent = words;
  return made;
}
