/** Which screen: the part of the address behind #, so that going back works and a tag can open a screen. */
import { signal } from "@preact/signals";

export interface Route {
  screen: string;
  id: string;
  query: URLSearchParams;
}

export function read(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const [screen = "", id = ""] = path.split("/");
  return { screen: screen || "today", id: decodeURIComponent(id), query: new URLSearchParams(query) };
}

export const route = signal(read(location.hash));

export function go(path: string): void {
  location.hash = `#/${path}`;
}

/** Back to where the officer came from; to a screen by name where the app was opened here. */
export function back(otherwise = "today"): void {
  if (history.length > 1) history.back();
  else go(otherwise);
}

/** For what comes after recording: it is left undone where the officer has gone to another screen meanwhile. */
export function unlessLeft(): (then: () => void) => void {
  const here = location.hash;
  return (then) => void (location.hash === here && then());
}

export function follow(): void {
  addEventListener("hashchange", () => {
    route.value = read(location.hash);
    scrollTo(0, 0);
  });
}
