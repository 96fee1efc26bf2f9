/** The desk mode: queue, keys, offers, detail, drag and drop. */
import { fill, make, one, post, setText } from "./dom";
import { VirtualList } from "./list";
import { Live, type LinkState } from "./live";
import { CommandMap } from "./map";
import { filterOf, light, LIGHTS, matches, NO_FILTER, ordered, timeLeft, withFilter } from "./queue";
import { ReplayBar } from "./replay";
import { SidePanes } from "./side";
import type { Config, Filter, Lead, LeadEvent } from "./types";

const ROW_PX = 66;
const DRAW_MS = 80; // many events at once are drawn together
const TICK_MS = 10_000;
const SAID_MS = 8_000;

export class Room {
  readonly live: Live;
  private readonly map: CommandMap;
  private readonly list: VirtualList<Lead>;
  private readonly side: SidePanes;
  private readonly replay: ReplayBar;
  private filter: Filter = filterOf(window.location.search);
  private rows: Lead[] = [];
  private chosen: number | null = null;
  private busy = new Set<number>();
  private saidTimer: ReturnType<typeof setTimeout> | undefined;
  private drawing: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly root: HTMLElement,
    private readonly config: Config,
  ) {
    const ground = one<HTMLElement>("[data-ground]", root) ?? root;
    this.live = new Live(config, {
      changed: (what, lead) => this.changed(what, lead),
      link: (state) => this.link(state),
    });
    this.map = new CommandMap(ground, config, (kind, id) => this.fromMap(kind, id));
    const box = one<HTMLElement>("[data-queue]", root) ?? root;
    this.list = new VirtualList(box, ROW_PX, (lead, row) => this.row(lead, row), (lead) => this.stamp(lead));
    this.side = new SidePanes(root, config, this.live, {
      choose: (id) => this.choose(id),
      act: (action, note) => void this.act(action, note),
      offer: () => void this.offer(),
      send: (to) => void this.send(to),
      drop: (lead, to) => void this.send(to, lead),
      track: (officer) => void this.map.track(officer),
      say: (sentence) => this.say(sentence),
    });
    this.replay = new ReplayBar(root, config, () => this.draw());
    this.listen(ground, box);
  }

  async start(): Promise<void> {
    await this.live.start();
    setInterval(() => this.draw(), TICK_MS);
  }

  // --- what changes ---------------------------------------------------------------------------------
  private changed(what: string, lead?: number): void {
    if (what !== "position") this.side.logSoon();
    if (lead !== undefined && lead === this.chosen) void this.side.detail(lead);
    if (what === "all" && this.chosen !== null && !this.live.state.leads.has(this.chosen)) this.chosen = null;
    this.drawSoon();
  }

  private drawSoon(): void {
    this.drawing ??= setTimeout(() => this.draw(), DRAW_MS);
  }

  private draw(): void {
    clearTimeout(this.drawing);
    this.drawing = undefined;
    const { state } = this.live;
    const past = this.replay.state();
    const now = past?.moment ?? this.live.now();
    const all = past ? past.leads : [...state.leads.values()];
    const wanted = all.filter((lead) => matches(lead, this.filter, now, this.config.classes));
    this.rows = ordered(wanted, now);
    this.list.set(this.rows);
    this.list.draw();
    this.map.show(
      "leads",
      this.rows.flatMap(({ id, lng, lat, ...lead }) =>
        lng === null || lat === null ? [] : [{ id, lng, lat, light: light({ id, lng, lat, ...lead }, now) }],
      ),
    );
    this.officers(past === null, now);
    const counts = { red: 0, amber: 0, green: 0, held: 0 };
    for (const lead of all) counts[light(lead, now)] += 1;
    for (const name of LIGHTS) setText(this.root, name, counts[name]);
    setText(this.root, "found", past?.found ?? state.found.size);
    setText(this.root, "closed", past?.closed ?? state.closed.size);
    setText(this.root, "duty", past ? "–" : state.officers.size);
    setText(this.root, "alarms", state.alarms.size);
    this.countLine(all.length);
    this.side.draw(now);
  }

  private officers(present: boolean, now: number): void {
    const loads = this.live.state.loads();
    const stale = this.config.staleMinutes * 60_000;
    const places = present ? [...this.live.state.officers.values()] : [];
    this.map.show(
      "officers",
      places.flatMap(({ id, name, lng, lat, at }) => {
        if (lng === null || lat === null || !at) return [];
        const old = now - Date.parse(at) > stale;
        return [{ id, lng, lat, name, state: old ? "stale" : (loads.get(id)?.accepted ?? 0) > 0 ? "busy" : "free" }];
      }),
    );
  }

  private countLine(total: number): void {
    const { texts } = this.config;
    const box = one("[data-queue-count]", this.root);
    if (!box) return;
    const filtered = JSON.stringify(this.filter) !== JSON.stringify(NO_FILTER);
    const parts = [this.rows.length ? `${this.rows.length} / ${total + this.live.state.unseen}` : (texts[filtered ? "noneFiltered" : "none"] ?? "")];
    if (this.live.state.unseen) parts.push(fill(texts["more"], { n: this.live.state.unseen }));
    const sentence = parts.join(" · ");
    if (box.textContent !== sentence) box.textContent = sentence;
    for (const button of this.root.querySelectorAll<HTMLElement>("[data-light]")) {
      button.setAttribute("aria-pressed", String(button.dataset["light"] === this.filter.light));
    }
  }

  // --- rows -----------------------------------------------------------------------------------------
  private stamp(lead: Lead): string {
    const now = this.replay.state()?.moment ?? this.live.now();
    return [lead.version, light(lead, now), timeLeft(lead, now, this.config.texts), lead.id === this.chosen, this.busy.has(lead.id)].join("|");
  }

  private row(lead: Lead, row: HTMLElement): void {
    const { classes, sources, stages, squads, texts } = this.config;
    const now = this.replay.state()?.moment ?? this.live.now();
    const shade = light(lead, now);
    row.className = `queue-row ${shade}${lead.id === this.chosen ? " is-chosen" : ""}${this.busy.has(lead.id) ? " is-busy" : ""}`;
    row.setAttribute("aria-selected", String(lead.id === this.chosen));
    row.draggable = this.config.mayDispatch;
    const squad = lead.squad === null ? "" : (squads[lead.squad] ?? "");
    const who = lead.officer === null ? squad : `${squad} ${this.live.state.people.get(lead.officer) ?? ""}`;
    const top = make("div", "row-top");
    top.append(make("b", "row-class", classes[lead.class]?.label ?? ""), make("span", `row-time ${shade}`, timeLeft(lead, now, texts)));
    const place = make("div", "row-place", lead.address || texts["unplaced"]);
    const last = make("div", "row-last");
    last.append(
      make("span", "row-number", lead.number),
      make("span", "", sources[lead.source] ?? lead.source),
      make("span", "row-stage", stages[lead.stage] ?? lead.stage),
      make("span", "row-who", who.trim() || texts["nobody"]),
    );
    const mark = make("i", "row-light");
    mark.title = texts[shade] ?? "";
    row.setAttribute("aria-label", `${texts[shade] ?? ""} ${row.textContent}`);
    row.replaceChildren(mark, top, place, last);
    row.setAttribute("aria-label", [texts[shade], classes[lead.class]?.label, lead.address, timeLeft(lead, now, texts), stages[lead.stage], lead.number].join(", "));
  }

  choose(id: number | null): void {
    this.chosen = id;
    const lead = id === null ? undefined : this.live.state.leads.get(id);
    const index = this.rows.findIndex((row) => row.id === id);
    this.list.draw();
    if (index >= 0) this.list.reveal(index);
    this.list.box.setAttribute("aria-activedescendant", id === null ? "" : `lead-${id}`);
    this.map.mark(id, lead && lead.lng !== null && lead.lat !== null ? [lead.lng, lead.lat] : null);
    this.side.show("lead");
    void this.side.detail(id);
  }

  private move(step: number): void {
    const at = this.rows.findIndex((row) => row.id === this.chosen);
    const next = this.rows[at < 0 ? (step > 0 ? 0 : this.rows.length - 1) : Math.min(this.rows.length - 1, Math.max(0, at + step))];
    if (next) this.choose(next.id);
  }

  private fromMap(kind: "lead" | "officer", id: number): void {
    if (kind === "lead") this.choose(id);
    else {
      this.side.showOfficer(id);
      void this.map.track(id);
    }
  }

  // --- actions --------------------------------------------------------------------------------------
  private current(id = this.chosen): Lead | null {
    const lead = id === null ? undefined : this.live.state.leads.get(id);
    if (!lead) this.say(this.config.texts["choose"] ?? "");
    return lead ?? null;
  }

  private async offer(): Promise<void> {
    const lead = this.current();
    if (!lead || this.replay.state()) return;
    this.side.show("lead");
    await this.side.offers(lead.id);
  }

  private async act(action: string, note = ""): Promise<void> {
    const lead = this.current();
    if (lead) await this.post(lead, { action, note }, fill(this.config.texts["done"], { number: lead.number }));
  }

  private async send(to: { officer?: number; squad?: number; name: string }, id = this.chosen): Promise<void> {
    const lead = this.current(id);
    if (!lead) return;
    const values: Record<string, string> = { action: "dispatch" };
    if (to.officer !== undefined) values["officer"] = String(to.officer);
    if (to.squad !== undefined) values["squad"] = String(to.squad);
    await this.post(lead, values, fill(this.config.texts["sent"], { number: lead.number, to: to.name }));
  }

  /** Shown as under way at once; what the server says stands, and its event confirms it to everybody. */
  private async post(lead: Lead, values: Record<string, string>, success: string): Promise<void> {
    if (this.busy.has(lead.id) || this.replay.state()) return;
    this.busy.add(lead.id);
    this.list.draw();
    const address = this.config.urls.act.replace("{id}", String(lead.id));
    const answer = await post(address, { ...values, version: String(lead.version) });
    this.busy.delete(lead.id);
    if (answer.data.lead) this.live.apply(answer.data.lead as LeadEvent);
    this.list.draw();
    if (answer.ok) {
      this.side.closeOffers();
      this.say(success);
    } else if (answer.data.code === "note" && !values["note"]) {
      const note = await this.side.reason();
      if (note) await this.post(this.live.state.leads.get(lead.id) ?? lead, { ...values, note }, success);
    } else {
      this.say(answer.data.problem ?? this.config.texts["offline"] ?? "", true);
      if (lead.id === this.chosen) void this.side.detail(lead.id);
    }
  }

  say(sentence: string, problem = false): void {
    const box = one("[data-said]", this.root);
    if (!box) return;
    box.textContent = sentence;
    box.classList.toggle("problem", problem);
    clearTimeout(this.saidTimer);
    this.saidTimer = setTimeout(() => (box.textContent = ""), SAID_MS);
  }

  private link(state: LinkState): void {
    const box = one("[data-link]", this.root);
    if (!box) return;
    box.dataset["state"] = state;
    box.textContent = this.config.texts[state] ?? "";
  }

  // --- keys, mouse, filters -------------------------------------------------------------------------
  private listen(ground: HTMLElement, box: HTMLElement): void {
    document.addEventListener("keydown", (event) => this.key(event), { capture: true });
    box.addEventListener("click", (event) => {
      const row = (event.target as Element).closest<HTMLElement>("[data-lead]");
      if (row) this.choose(Number(row.dataset["lead"]));
    });
    box.addEventListener("dragstart", (event) => {
      const row = (event.target as Element).closest<HTMLElement>("[data-lead]");
      if (!row || !event.dataTransfer) return;
      event.dataTransfer.setData("text/x-lead", row.dataset["lead"] ?? "");
      event.dataTransfer.effectAllowed = "move";
      this.root.classList.add("is-dragging");
      this.side.show("duty");
    });
    box.addEventListener("dragend", () => this.root.classList.remove("is-dragging"));
    ground.addEventListener("dragover", (event) => event.preventDefault());
    ground.addEventListener("drop", (event) => {
      event.preventDefault();
      const lead = Number(event.dataTransfer?.getData("text/x-lead"));
      const officer = this.map.officerAt(event.clientX, event.clientY);
      const name = officer === null ? "" : (this.live.state.officers.get(officer)?.name ?? "");
      if (lead && officer !== null) void this.send({ officer, name }, lead);
    });
    this.filters();
    for (const input of this.root.querySelectorAll<HTMLInputElement>("[data-layer]")) {
      input.addEventListener("change", () => this.layer(input));
    }
    one("[data-help]", this.root)?.addEventListener("click", () => openHelp());
    one<HTMLSelectElement>("[data-rooms-choice]", this.root)?.addEventListener("change", (event) =>
      window.location.assign((event.target as HTMLSelectElement).value),
    );
  }

  private filters(): void {
    const form = one<HTMLFormElement>("[data-queue-filter]", this.root);
    if (!form) return;
    for (const [name, value] of Object.entries(this.filter)) {
      const control = form.elements.namedItem(name);
      if (control instanceof HTMLInputElement || control instanceof HTMLSelectElement) control.value = value;
    }
    const read = (): void => {
      const given = new FormData(form);
      for (const name of Object.keys(this.filter) as (keyof Filter)[]) this.filter[name] = String(given.get(name) ?? "");
      window.history.replaceState(window.history.state, "", window.location.pathname + withFilter(window.location.search, this.filter));
      this.list.box.scrollTop = 0;
      this.draw();
    };
    form.addEventListener("input", read);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.list.box.focus();
    });
    form.addEventListener("reset", () => setTimeout(read));
    for (const button of this.root.querySelectorAll<HTMLElement>("[data-light]")) {
      button.addEventListener("click", () => {
        const control = form.elements.namedItem("light") as HTMLSelectElement;
        control.value = this.filter.light === button.dataset["light"] ? "" : (button.dataset["light"] ?? "");
        read();
      });
    }
  }

  private layer(input: HTMLInputElement): void {
    const name = input.dataset["layer"] as "officers" | "cameras" | "objects";
    const note = one("[data-layer-note]", this.root);
    if (name === "cameras" && input.checked && !this.config.cameraClass) {
      input.checked = false;
      if (note) note.textContent = this.config.texts["noCameras"] ?? "";
      return;
    }
    if (note) note.textContent = "";
    this.map.toggle(name, input.checked);
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const target = event.target as HTMLElement;
    if (document.querySelector("dialog[open]")) return;
    if (target.closest("input, select, textarea")) {
      if (event.key === "Escape" && target.closest("[data-queue-filter]")) this.escape(event);
      return;
    }
    if (this.press(event, target)) {
      event.preventDefault();
      event.stopPropagation();
    }
  }

  private escape(event: KeyboardEvent): void {
    const form = one<HTMLFormElement>("[data-queue-filter]", this.root);
    form?.reset();
    this.list.box.focus();
    event.stopPropagation();
  }

  private press(event: KeyboardEvent, target: HTMLElement): boolean {
    if (/^[1-9]$/.test(event.key)) return this.side.pick(event.key);
    switch (event.key) {
      case "j":
      case "ArrowDown":
        if (event.key === "ArrowDown" && target !== this.list.box) return false;
        this.move(1);
        return true;
      case "k":
      case "ArrowUp":
        if (event.key === "ArrowUp" && target !== this.list.box) return false;
        this.move(-1);
        return true;
      case "d":
        void this.offer();
        return true;
      case "v":
        void this.act("verify");
        return true;
      case "c":
        void this.act("close");
        return true;
      case "u":
        void this.act("urge");
        return true;
      case "/":
        one<HTMLInputElement>("[data-queue-filter] input[name=q]", this.root)?.select();
        return true;
      case "?":
        openHelp();
        return true;
      case "Enter":
        if (target.closest("a, button")) return false;
        one<HTMLAnchorElement>("[data-lead-page]", this.root)?.click();
        return true;
      case "Escape":
        if (!this.side.closeOffers()) this.escape(event);
        return true;
      default:
        return false;
    }
  }
}

function openHelp(): void {
  one<HTMLDialogElement>("#command-help")?.showModal();
}

