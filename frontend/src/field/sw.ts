/** The service worker: the shell, its scripts, texts and icons from the cache; nothing personal ever. */
import { clientsClaim } from "workbox-core";
import { ExpirationPlugin } from "workbox-expiration";
import { addPlugins, cleanupOutdatedCaches, createHandlerBoundToURL, precacheAndRoute } from "workbox-precaching";
import { NavigationRoute, registerRoute } from "workbox-routing";
import { CacheFirst, StaleWhileRevalidate } from "workbox-strategies";

/** What of the worker's scope is used; the compiler knows the page's only. `CHENGSHU`: written before this text
 *  by the server (`field/assets.py`). */
declare const self: {
  CHENGSHU: { precache: { url: string; revision: string | null }[] };
  skipWaiting(): Promise<void>;
  addEventListener(type: "message", listener: (event: MessageEvent) => void): void;
};

const TILES = 600;
const TILE_DAYS = 14;

// The server's middleware lets every answer vary by cookie and language; these are the same for everybody, and
// would not be found again in the cache by another request.
addPlugins([
  {
    async cacheWillUpdate({ response }) {
      if (!response.ok || response.redirected) return null;
      const headers = new Headers(response.headers);
      headers.delete("Vary");
      return new Response(await response.blob(), { status: response.status, headers });
    },
  },
]);
precacheAndRoute(self.CHENGSHU.precache, { cleanURLs: false });
cleanupOutdatedCaches();
clientsClaim();

registerRoute(new NavigationRoute(createHandlerBoundToURL("/field/"), { allowlist: [/^\/field\/($|\?)/], denylist: [/^\/field\/(api|devices|records)\b/] }));
registerRoute(
  ({ url }) => url.hostname.endsWith(".tianditu.gov.cn"),
  new CacheFirst({
    cacheName: "field-tiles",
    plugins: [new ExpirationPlugin({ maxEntries: TILES, maxAgeSeconds: TILE_DAYS * 86_400, purgeOnQuotaError: true })],
  }),
);
registerRoute(
  ({ url, sameOrigin }) => sameOrigin && /\/islands\/(map-worker|field-map)/.test(url.pathname),
  new StaleWhileRevalidate({ cacheName: "field-map" }),
);
registerRoute(
  ({ url, sameOrigin }) => sameOrigin && /\/ground\//.test(url.pathname),
  new StaleWhileRevalidate({ cacheName: "field-ground" }),
);

// A new version waits until the officer asks for it (`work/updates.ts`).
self.addEventListener("message", (event) => {
  if ((event.data as { type?: string } | null)?.type === "ACTIVATE") void self.skipWaiting();
});
