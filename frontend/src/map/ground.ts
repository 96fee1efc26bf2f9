/** The boundaries and lines under the objects, loaded once and shared by the maps of a page. */
import type { GeoJSONSource, Map } from "maplibre-gl";
import type { Feature, FeatureCollection } from "geojson";
import { boundsOf, labelPoint } from "./data";
import type { Bounds, MapConfig } from "./config";

const loaded = new globalThis.Map<string, Promise<FeatureCollection>>();

function load(address: string): Promise<FeatureCollection> {
  let request = loaded.get(address);
  if (!request) {
    request = fetch(address, { credentials: "same-origin" }).then((answer) => {
      if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
      return answer.json() as Promise<FeatureCollection>;
    });
    loaded.set(address, request);
  }
  return request;
}

/** Fill the ground's sources; returns the box of the areas, if there are any. */
export async function drawGround(map: Map, config: MapConfig): Promise<Bounds | null> {
  const set = (source: string, data: FeatureCollection): void => {
    map.getSource<GeoJSONSource>(source)?.setData(data);
  };
  if (config.transportUrl && !config.tiles) void load(config.transportUrl).then((data) => set("transport", data));
  if (!config.townsUrl) return null;
  const towns = await load(config.townsUrl);
  set("towns", towns);
  const names: Feature[] = towns.features.flatMap((town) => {
    const at = labelPoint(town.geometry);
    const name = nameOf(town, config.language);
    return at && name ? [{ type: "Feature", properties: { name }, geometry: { type: "Point", coordinates: at } }] : [];
  });
  set("names", { type: "FeatureCollection", features: names });
  return boundsOf(towns);
}

function nameOf(town: Feature, language: string): string {
  const { name, name_en: english } = town.properties ?? {};
  return String((language.startsWith("en") && english) || name || "");
}
