/** A list of any length: only the rows in view are in the document. */
export class VirtualList<T extends { id: number }> {
  private items: T[] = [];
  private readonly space: HTMLElement;
  private shown = new Map<number, { row: HTMLElement; stamp: string }>();
  private frame = 0;

  constructor(
    readonly box: HTMLElement,
    private readonly height: number,
    private readonly render: (item: T, row: HTMLElement) => void,
    private readonly stamp: (item: T) => string,
  ) {
    this.space = box.querySelector<HTMLElement>(".queue-space") ?? box;
    box.addEventListener("scroll", () => this.soon(), { passive: true });
    new ResizeObserver(() => this.soon()).observe(box);
  }

  set(items: T[]): void {
    this.items = items;
    this.space.style.height = `${items.length * this.height}px`;
    this.soon();
  }

  reveal(index: number): void {
    const top = index * this.height;
    if (top < this.box.scrollTop) this.box.scrollTop = top;
    else if (top + this.height > this.box.scrollTop + this.box.clientHeight) {
      this.box.scrollTop = top + this.height - this.box.clientHeight;
    }
    this.draw();
  }

  soon(): void {
    if (!this.frame) this.frame = requestAnimationFrame(() => this.draw());
  }

  draw(): void {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    const first = Math.max(0, Math.floor(this.box.scrollTop / this.height) - 3);
    const last = Math.min(this.items.length, Math.ceil((this.box.scrollTop + this.box.clientHeight) / this.height) + 3);
    const kept = new Map<number, { row: HTMLElement; stamp: string }>();
    for (let at = first; at < last; at++) {
      const item = this.items[at];
      if (!item) continue;
      const stamp = this.stamp(item);
      let entry = this.shown.get(item.id);
      if (!entry) {
        const row = document.createElement("div");
        row.className = "queue-row";
        row.setAttribute("role", "option");
        row.dataset["lead"] = String(item.id);
        row.id = `lead-${item.id}`;
        entry = { row, stamp: "" };
        this.space.append(row);
      }
      if (entry.stamp !== stamp) this.render(item, entry.row);
      entry.row.style.transform = `translateY(${at * this.height}px)`;
      entry.row.setAttribute("aria-posinset", String(at + 1));
      entry.row.setAttribute("aria-setsize", String(this.items.length));
      kept.set(item.id, { row: entry.row, stamp });
      this.shown.delete(item.id);
    }
    for (const { row } of this.shown.values()) row.remove();
    this.shown = kept;
  }
}
