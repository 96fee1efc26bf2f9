/** Dashboards: a chart is drawn over its table once it comes near the window; the library is fetched then. */
import type { Draw, Drawn } from "./board/shapes";
import { read } from "./texts";

const NEAR = "200px";
const charts = read<Record<string, Drawn>>("board-charts");
const address = document.getElementById("board-script")?.dataset["charts"];
let library: Promise<{ draw: Draw }> | undefined;

async function show(box: HTMLElement): Promise<void> {
  const drawn = charts[box.dataset["chart"] ?? ""];
  if (!drawn || !address) return;
  library ??= import(/* @vite-ignore */ new URL(address, window.location.href).href) as Promise<{ draw: Draw }>;
  const { draw } = await library;
  box.hidden = false;
  draw(box, drawn);
  const table = box.parentElement?.querySelector("details");
  if (table) table.open = false;
}

function watch(): void {
  const seen = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        if (!entry.isIntersecting) continue;
        seen.unobserve(entry.target);
        void show(entry.target.querySelector<HTMLElement>("[data-chart]")!);
      }
    },
    { rootMargin: NEAR },
  );
  for (const box of document.querySelectorAll("[data-chart]")) seen.observe(box.parentElement!);
}

watch();
// On paper the table stands under its chart, opened.
window.addEventListener("beforeprint", () => {
  for (const table of document.querySelectorAll<HTMLDetailsElement>(".chart-table")) table.open = true;
});
