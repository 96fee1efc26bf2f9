/** My list and my beats on a map. The drawing is fetched when it is first wanted. */
import { useEffect, useRef, useState } from "preact/hooks";
import * as app from "../app";
import { go } from "../parts/route";
import { Empty } from "../parts/ui";
import { language, t } from "../texts";
import type { FieldMap, Mark } from "../map";
import { tasksOf } from "./today";

let loading: Promise<typeof import("../map")> | null = null;

function load(): Promise<typeof import("../map")> {
  const { map, mapStyle } = document.getElementById("app")!.dataset;
  if (mapStyle && !document.querySelector(`link[href="${mapStyle}"]`)) {
    document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: mapStyle }));
  }
  loading ??= import(/* @vite-ignore */ map ?? "") as Promise<typeof import("../map")>;
  loading.catch(() => (loading = null));
  return loading;
}

export function MapScreen() {
  const box = useRef<HTMLDivElement>(null);
  const drawn = useRef<FieldMap | null>(null);
  const [failed, setFailed] = useState(false);
  const list = app.today.value;
  const fix = app.fix.value;
  const marks: Mark[] = list
    ? [
        ...tasksOf(list).filter((task) => task.position).map((task) => ({ position: task.position!, kind: task.light || task.kind, label: task.title, path: task.path })),
        ...list.beats.flatMap((beat) => beat.points).map((point) => ({
          position: point.position, kind: point.done_today >= point.wanted ? "visited" : "point", label: point.name, path: "checkin",
        })),
      ]
    : [];
  useEffect(() => {
    const { mapWorker = "", tiles = "" } = document.getElementById("app")!.dataset;
    load().then(
      ({ start }) => {
        if (box.current) drawn.current = start(box.current, { worker: mapWorker, towns: app.ground.value, tiles, language: language.value, open: go });
        drawn.current?.show(marks, fix ? [fix.lng, fix.lat] : null);
      },
      () => setFailed(true),
    );
    return () => {
      drawn.current?.remove();
      drawn.current = null;
    };
  }, []);
  useEffect(() => drawn.current?.show(marks, fix ? [fix.lng, fix.lat] : null), [list, fix]);
  if (failed) return <Empty>{t("no_map")}</Empty>;
  return <div class="map-box" ref={box} />;
}
