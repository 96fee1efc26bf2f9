/** The keyboard: every list can be worked without the mouse. `?` shows what there is. */
import { openDialog } from "./frame";
import { openRow } from "./lists";
import { nextIndex, Sequence } from "./pure";

const goTo = new Sequence("g");

export function startKeys(): void {
  document.addEventListener("keydown", onKey);
  // A row that gets the focus by Tab or mouse is the current one too.
  document.addEventListener("focusin", (event) => {
    const row = (event.target as Element).closest<HTMLElement>("[data-rows] tbody tr");
    if (row) mark(row);
  });
}

function onKey(event: KeyboardEvent): void {
  const target = event.target as HTMLElement;
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (target.closest("select, textarea, [contenteditable], dialog[open], .maplibregl-map")) return;
  if (target instanceof HTMLInputElement && !["checkbox", "radio", "button", "submit"].includes(target.type)) return;
  if (document.querySelector("dialog[open]")) return;
  const letter = goTo.press(event.key, event.timeStamp);
  if (letter) {
    const link = document.querySelector<HTMLAnchorElement>(`a[data-go="${CSS.escape(letter)}"]`);
    if (link) {
      event.preventDefault();
      window.location.assign(link.href);
      return;
    }
  }
  if (act(event.key, target)) event.preventDefault();
}

function act(key: string, target: HTMLElement): boolean {
  switch (key) {
    case "/":
      return focus("#global-search");
    case "f":
      return focus("[data-filter] :is(input:not([type=hidden]), select)");
    case "?":
      openDialog("keyboard-help");
      return true;
    case "j":
      return move(1);
    case "k":
      return move(-1);
    case "x":
      current()?.querySelector<HTMLInputElement>(".select input")?.click();
      return true;
    case "]":
      return follow("a[rel=next]");
    case "[":
      return follow("a[rel=prev]");
    case "Enter":
      return enter(target);
    default:
      return press(key);
  }
}

/** A page's own keys: a button or link that carries `data-key`. */
function press(key: string): boolean {
  const button = /^[a-z]$/.test(key) ? document.querySelector<HTMLElement>(`[data-key="${key}"]`) : null;
  button?.click();
  return button !== null;
}

function focus(selector: string): boolean {
  const box = document.querySelector<HTMLInputElement>(selector);
  box?.focus();
  if (box instanceof HTMLInputElement && box.type !== "checkbox") box.select();
  return box !== null;
}

function follow(selector: string): boolean {
  const link = document.querySelector<HTMLAnchorElement>(selector);
  if (link) window.location.assign(link.href);
  return link !== null;
}

function rows(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>("[data-rows] tbody tr")];
}

function current(): HTMLElement | null {
  return document.querySelector<HTMLElement>("tr.is-current");
}

function mark(row: HTMLElement): void {
  const before = current();
  if (before === row) return;
  before?.classList.remove("is-current");
  row.classList.add("is-current");
}

function move(step: number): boolean {
  const all = rows();
  const at = current();
  const row = all[nextIndex(at ? all.indexOf(at) : -1, step, all.length)];
  if (!row) return false;
  mark(row);
  const stop = row.querySelector<HTMLElement>("a[href]") ?? row;
  if (stop === row) row.tabIndex = -1;
  stop.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
  return true;
}

/** A focused link or button opens by itself; otherwise Enter opens the current row. */
function enter(target: HTMLElement): boolean {
  if (target.closest("a, button, summary, input")) return false;
  const row = current();
  if (row) openRow(row);
  return row !== null;
}
