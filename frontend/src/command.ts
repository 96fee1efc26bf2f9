/** The command centre's island: the desk of a dispatcher or the wall, told what to show by the JSON beside it. */
import "maplibre-gl/dist/maplibre-gl.css";
import "./map/map.css";
import "./command/command.css";
import { Room } from "./command/room";
import type { Config } from "./command/types";
import { Wall } from "./command/wall";
import { read } from "./texts";

const root = document.querySelector<HTMLElement>("[data-command]");
if (root) {
  const config = read<Config>(root.dataset["command"] ?? "");
  void (config.mode === "wall" ? new Wall(root, config) : new Room(root, config)).start();
}
document.querySelector("[data-print]")?.addEventListener("click", () => window.print());
