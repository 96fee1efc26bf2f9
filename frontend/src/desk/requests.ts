/** htmx under a strict content policy, and what happens when a request does not end well. */
import htmx from "htmx.org";
import { text } from "../texts";
import { emptyNames, isSignIn, sentenceFor, signInAddress } from "./pure";

const TOAST_MS = 9000;
let running = 0;

interface Answer {
  xhr: XMLHttpRequest;
  elt: HTMLElement;
}

export function startRequests(): void {
  Object.assign(htmx.config, {
    includeIndicatorStyles: false,
    allowEval: false,
    allowScriptTags: false,
    // A snapshot of a page holds personal data: none is kept in the browser, "back" asks the server.
    historyCacheSize: 0,
    refreshOnHistoryMiss: true,
    scrollBehavior: "auto",
    responseHandling: [
      { code: "204", swap: false },
      { code: "[23]..", swap: true },
      { code: "422", swap: true },
      { code: "[45]..", swap: false, error: true },
    ],
  });
  const on = (name: string, act: (event: CustomEvent) => void): void =>
    document.addEventListener(name, act as EventListener);

  on("htmx:configRequest", (event) => {
    const { verb, headers, parameters, elt } = event.detail;
    if (verb !== "get") {
      headers["X-CSRFToken"] = document.querySelector<HTMLMetaElement>("meta[name=csrf-token]")?.content ?? "";
    }
    if (elt.matches("[data-filter]")) {
      for (const name of emptyNames(Object.entries(parameters))) delete parameters[name];
    }
  });
  on("htmx:beforeOnLoad", (event) => {
    const { xhr, elt } = event.detail as Answer;
    if (asksByItself(elt) && xhr.status >= 400) event.preventDefault(); // nobody pressed anything: say nothing
    if (asksByItself(elt)) return;
    const login = document.getElementById("frame-data")?.dataset["login"] ?? "";
    if (xhr.status === 401 || isSignIn(xhr.responseURL, login)) {
      event.preventDefault();
      window.location.assign(signInAddress(login, window.location));
    }
  });
  on("htmx:responseError", (event) => {
    const { xhr, elt } = event.detail as Answer;
    if (xhr.status !== 401 && !asksByItself(elt)) toast(ownWords(xhr) ?? text(sentenceFor(xhr.status)));
  });
  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    on(name, (event) => {
      if (!asksByItself((event.detail as Answer).elt)) toast(text("offline"));
    });
  }
  on("htmx:beforeSend", (event) => count(event, 1));
  on("htmx:afterRequest", (event) => count(event, -1));
}

/** The bell asks every minute. It must not lead away from a half-filled form, nor complain each time. */
function asksByItself(elt: HTMLElement): boolean {
  return elt.matches(".bell-count");
}

/** The server's own sentence, where it sent one as plain text. */
function ownWords(xhr: XMLHttpRequest): string | null {
  const plain = (xhr.getResponseHeader("Content-Type") ?? "").startsWith("text/plain");
  return plain && xhr.responseText.length > 0 && xhr.responseText.length < 300 ? xhr.responseText : null;
}

/** The bar under the header, and no second press on a button whose request runs. */
function count(event: CustomEvent, step: 1 | -1): void {
  const { elt } = event.detail as Answer;
  if (elt.matches(".progress") || asksByItself(elt)) return;
  running = Math.max(0, running + step);
  document.body.classList.toggle("is-loading", running > 0);
  const buttons = elt.matches("form:not([data-filter], [data-search])")
    ? elt.querySelectorAll<HTMLButtonElement>("button:not([type=button])")
    : elt instanceof HTMLButtonElement
      ? [elt]
      : [];
  for (const button of buttons) button.disabled = step > 0;
}

/** One sentence in the corner; errors stay until read or for nine seconds. */
export function toast(sentence: string): void {
  const corner = document.getElementById("toasts");
  if (!corner || !sentence || [...corner.children].some((old) => old.textContent?.startsWith(sentence))) return;
  const notice = document.createElement("div");
  notice.className = "notice danger";
  const words = document.createElement("div");
  words.textContent = sentence;
  const close = document.createElement("button");
  close.type = "button";
  close.dataset["dismiss"] = "";
  close.setAttribute("aria-label", text("close"));
  close.textContent = "×";
  notice.append(words, close);
  corner.append(notice);
  setTimeout(() => notice.remove(), TOAST_MS);
}
