/** The pictures of two flights: a viewer on pages of flights, comparisons and suspects, and the queue of verdicts. */
import "maplibre-gl/dist/maplibre-gl.css";
import "./sensing/sensing.css";
import { setWorkerUrl } from "maplibre-gl";
import { startQueue } from "./sensing/queue";
import type { SkyConfig } from "./sensing/types";
import { Viewer } from "./sensing/viewer";
import { read } from "./texts";

for (const box of document.querySelectorAll<HTMLElement>("[data-sky]")) {
  const config = read<SkyConfig>(box.dataset["sky"] ?? "");
  setWorkerUrl(new URL(config.workerUrl, window.location.href).href);
  const viewer = new Viewer(box, config);
  if (config.queue) void startQueue(viewer, config);
}
