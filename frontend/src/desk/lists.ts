/** Lists: rows that open, selection, labels for rows shown as cards, a filter bar that knows its height. */
import { text } from "../texts";

export function startLists(): void {
  document.addEventListener("click", onRowClick);
  document.addEventListener("auxclick", onRowClick);
  document.addEventListener("change", onSelect);
  document.addEventListener("htmx:afterSettle", prepare);
  prepare();
  followFilterBar();
}

function onRowClick(event: MouseEvent): void {
  const target = event.target as Element;
  const row = target.closest<HTMLElement>("tr[data-href]");
  if (!row || event.button > 1 || target.closest("a, button, input, label, select, textarea, summary, .select")) return;
  if (window.getSelection()?.toString()) return;
  openRow(row, event.button === 1 || event.ctrlKey || event.metaKey);
}

export function openRow(row: HTMLElement, aside = false): void {
  const address = row.dataset["href"];
  if (!address) return;
  if (aside) window.open(address, "_blank", "noopener");
  else window.location.assign(address);
}

function onSelect(event: Event): void {
  const box = event.target as HTMLInputElement;
  const table = box.closest("table");
  if (!table || !box.closest(".select")) return;
  const boxes = [...table.querySelectorAll<HTMLInputElement>("tbody .select input[type=checkbox]")];
  const all = table.querySelector<HTMLInputElement>("[data-select-all]");
  if (box === all) for (const other of boxes) other.checked = box.checked;
  const chosen = boxes.filter((other) => other.checked).length;
  if (all) {
    all.checked = chosen === boxes.length;
    all.indeterminate = chosen > 0 && chosen < boxes.length;
  }
  const shown = document.querySelector("[data-selected]");
  if (shown) shown.textContent = chosen ? text("chosen").replace("%(n)s", String(chosen)) : "";
}

/** Cards on a phone show each column's head as a label. */
function prepare(): void {
  for (const table of document.querySelectorAll<HTMLTableElement>("table.stacked")) {
    const heads = [...(table.tHead?.rows[0]?.cells ?? [])].map((cell) => cell.textContent?.trim() ?? "");
    for (const row of table.tBodies[0]?.rows ?? []) {
      [...row.cells].forEach((cell, column) => (cell.dataset["label"] ??= heads[column] ?? ""));
    }
  }
}

/** The sticky table head sits under the sticky filter bar, however many lines that has. */
function followFilterBar(): void {
  const bar = document.querySelector<HTMLElement>("[data-filter]");
  if (!bar) return;
  const measure = (): void => {
    const sticky = getComputedStyle(bar).position === "sticky";
    document.documentElement.style.setProperty("--filter-height", sticky ? `${bar.offsetHeight}px` : "0px");
  };
  new ResizeObserver(measure).observe(bar);
  const stuck = (): void => {
    const header = document.querySelector<HTMLElement>(".topbar")?.offsetHeight ?? 0;
    bar.classList.toggle("is-stuck", window.scrollY > 0 && bar.getBoundingClientRect().top <= header);
  };
  window.addEventListener("scroll", stuck, { passive: true });
}
