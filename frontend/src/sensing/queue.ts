/** The queue of verdicts: a key decides and shows the next at once; the server is told meanwhile. */
import { element, post } from "./dom";
import { Line, tilesOf, widened, zoomFor } from "./pure";
import type { Card, SkyConfig } from "./types";
import type { Viewer } from "./viewer";

interface Next {
  left: number;
  suspects: Card[];
}

const KEYS = new Set(["0", "1", "2", "3", "4", "5"]);

export async function startQueue(viewer: Viewer, config: SkyConfig): Promise<void> {
  await viewer.whenReady();
  await new Queue(viewer, config).begin();
}

class Queue {
  private readonly line = new Line();
  private readonly facts = document.getElementById("sky-facts");
  private readonly leftBox = document.getElementById("sky-left");
  private readonly buttons = [...document.querySelectorAll<HTMLButtonElement>("[data-verdict], [data-undo]")];
  private sending: Promise<unknown> = Promise.resolve();
  private asking = false;
  private counter = 0;
  private readonly session = crypto.getRandomValues(new Uint32Array(2)).join("");

  constructor(
    private readonly viewer: Viewer,
    private readonly config: SkyConfig,
  ) {
    for (const button of this.buttons) button.addEventListener("click", (event) => {
        if (event.detail < 2) void this.press(button); // a double click would decide on the next one, too
      });
    document.addEventListener("keydown", (event) => this.key(event));
    window.addEventListener("beforeunload", (event) => {
      if (Number(this.viewer.box.dataset["pending"] ?? 0) > 0) event.preventDefault(); // verdicts on their way
    });
  }

  async begin(): Promise<void> {
    await this.more();
    this.show();
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing) return;
    if ((event.target as Element).closest?.("input:not([type=range]), select, textarea, dialog[open]")) return;
    const wanted = KEYS.has(event.key) ? event.key : "";
    const button = wanted ? this.buttons.find((one) => one.querySelector("kbd")?.textContent === wanted) : undefined;
    if (!button) return;
    event.preventDefault();
    void this.press(button);
  }

  private async press(button: HTMLButtonElement): Promise<void> {
    if ("undo" in button.dataset) {
      await this.undo();
      return;
    }
    const card = this.line.shift();
    if (!card) return;
    this.counter += 1;
    const values = {
      verdict: button.dataset["verdict"] ?? "",
      key: `${this.session}-${this.counter}`,
      ...("building" in button.dataset ? { building: "1" } : {}),
    };
    this.show();
    const sent = this.sending.then(() => post((this.config.decideUrl ?? "").replace("{id}", String(card.id)), values));
    this.pending(1);
    this.sending = sent.catch((error: unknown) => this.refused(card, error)).finally(() => this.pending(-1));
    if (this.line.short) await this.more();
    if (!this.line.current) {
      await this.more();
      this.show();
    }
  }

  /** How many verdicts the server has not answered yet; whoever looks on from outside sees it. */
  private pending(more: number): void {
    const box = this.viewer.box;
    box.dataset["pending"] = String(Number(box.dataset["pending"] ?? 0) + more);
  }

  private async undo(): Promise<void> {
    await this.sending;
    const card = this.line.last;
    if (!card) return;
    try {
      await post((this.config.undoUrl ?? "").replace("{id}", String(card.id)), {});
      this.line.back();
      this.show();
      this.say(`${this.config.texts["taken"] ?? ""}: ${card.number}`);
    } catch (error) {
      this.failed(error);
    }
  }

  /** Somebody else was first, or the network failed: say of which one. */
  private refused(card: Card, error: unknown): void {
    this.line.drop(card);
    this.failed(error, `${card.number}: `);
  }

  private failed(error: unknown, before = ""): void {
    this.say(before + ((error instanceof Error && error.message) || (this.config.texts["failed"] ?? "")));
  }

  private say(sentence: string): void {
    const caption = document.getElementById(`${this.viewer.box.id}-caption`);
    if (caption) caption.textContent = sentence;
  }

  /** Ask for those that follow; one question at a time. */
  private async more(): Promise<void> {
    if (this.asking) return;
    this.asking = true;
    try {
      await this.sending;
      const query = new URLSearchParams({ without: this.line.held.slice(-200).join(",") });
      if (this.config.comparison) query.set("comparison", String(this.config.comparison));
      const answer = await fetch(`${this.config.nextUrl ?? ""}?${query.toString()}`, { credentials: "same-origin" });
      if (!answer.ok) throw new Error();
      const next = (await answer.json()) as Next;
      const empty = !this.line.current;
      this.line.add(next.suspects);
      this.line.left = next.left;
      if (empty) this.show();
    } catch (error) {
      this.failed(error);
    } finally {
      this.asking = false;
    }
  }

  private show(): void {
    const card = this.line.current;
    for (const button of this.buttons) button.disabled = "undo" in button.dataset ? !this.line.last : !card;
    const { texts } = this.config;
    if (this.leftBox) this.leftBox.textContent = card ? (texts["left"] ?? "").replace("{n}", String(this.line.left)) : (texts["empty"] ?? "");
    this.viewer.box.classList.toggle("blank", !card);
    this.viewer.box.dataset["card"] = card ? String(card.id) : "";
    if (!card) {
      this.facts?.replaceChildren();
      this.viewer.mark({ type: "FeatureCollection", features: [] });
      return;
    }
    this.viewer.show(card.pair);
    this.viewer.mark({
      type: "FeatureCollection",
      features: [{ type: "Feature", id: card.id, geometry: card.outline, properties: { state: "open", number: card.number } }],
    });
    this.viewer.look(card.bounds);
    this.facts?.replaceChildren(...this.describe(card));
    if (this.line.next) this.preload(this.line.next);
  }

  private describe(card: Card): HTMLElement[] {
    const { texts } = this.config;
    const list = element("dl", "sky-facts");
    const rows: [string | undefined, string][] = [
      [texts["area"], card.area],
      [texts["gain"], card.gain ?? texts["noHeights"] ?? ""],
      [texts["score"], card.score],
      [texts["town"], card.town || "—"],
    ];
    for (const [name, value] of rows) list.append(element("dt", "", name), element("dd", "", value));
    const parts: HTMLElement[] = [element("h2", "", `${card.number} ${card.kind}`), list];
    for (const [name, sentences] of [[texts["reasons"], card.reasons], [texts["earlier"], card.earlier], [texts["known"], card.known]] as const) {
      if (!sentences.length) continue;
      const items = element("ul");
      items.append(...sentences.map((sentence) => element("li", "", sentence)));
      parts.push(element("h3", "", name), items);
    }
    return parts;
  }

  /** Have the browser fetch the pictures of the next one while this one is looked at. */
  private preload(card: Card): void {
    const bounds = widened(card.bounds, 1.2);
    for (const picture of [card.pair.before, card.pair.after]) {
      if (!picture) continue;
      const zoom = zoomFor(bounds, this.viewer.box.clientWidth) + 1; // map zooms count 512-pixel tiles
      for (const address of tilesOf(picture, bounds, zoom)) new Image().src = address;
    }
  }
}
