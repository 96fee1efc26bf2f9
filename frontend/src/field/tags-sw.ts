/** A worker for the addresses that stand in tags (`/t/…`) alone: without a network the read goes into the app all the
 *  same. Whatever it has never opened stays untouched; with a network the server says what happens. */
import { inApp } from "./pure/tags";

interface Fetch extends Event {
  request: Request;
  respondWith(answer: Promise<Response>): void;
}

self.addEventListener("fetch", (event) => {
  const { request } = event as Fetch;
  const there = request.mode === "navigate" ? inApp(request.url) : null;
  if (there) (event as Fetch).respondWith(fetch(request).catch(() => Response.redirect(there, 302)));
});
