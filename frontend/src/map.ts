/** The map island: every element with `data-map` becomes a map, told what to show by the JSON beside it. */
import "maplibre-gl/dist/maplibre-gl.css";
import "./map/map.css";
import { setWorkerUrl } from "maplibre-gl";
import { read } from "./texts";
import type { MapConfig } from "./map/config";
import { ObjectMap } from "./map/view";

const live = new Map<HTMLElement, ObjectMap>();

function start(): void {
  for (const [container, map] of live) {
    if (!container.isConnected) {
      map.remove();
      live.delete(container);
    }
  }
  for (const container of document.querySelectorAll<HTMLElement>("[data-map]")) {
    if (live.has(container)) continue;
    const config = read<MapConfig>(container.dataset["map"] ?? "");
    setWorkerUrl(new URL(config.workerUrl, window.location.href).href);
    live.set(container, new ObjectMap(container, config));
  }
}

start();
document.addEventListener("htmx:afterSettle", () => {
  start();
  // A filter may have changed the address of the page; the data follows it.
  for (const map of live.values()) map.refreshIfAddressChanged();
});
