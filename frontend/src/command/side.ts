/** Beside the map: the chosen lead with its offers, who is on duty, alarms, the shift log. */
import { fetchText, fill, make, one, post } from "./dom";
import type { Live } from "./live";
import { span } from "./queue";
import type { Config, Officer } from "./types";

const LOG_MS = 1_500;
export type Target = { officer?: number; squad?: number; name: string };

export interface Deeds {
  choose(id: number): void;
  act(action: string, note?: string): void;
  offer(): void;
  send(to: Target): void;
  drop(lead: number, to: Target): void;
  track(officer: number): void;
  say(sentence: string, problem?: boolean): void;
}

export class SidePanes {
  private asked = 0;
  private logTimer: ReturnType<typeof setTimeout> | undefined;
  private duty = "";
  private alarms = "";
  private current = "lead";

  constructor(
    private readonly root: HTMLElement,
    private readonly config: Config,
    private readonly live: Live,
    private readonly deeds: Deeds,
  ) {
    const tabs = [...root.querySelectorAll<HTMLElement>("[data-tab]")];
    for (const tab of tabs) {
      tab.addEventListener("click", () => this.show(tab.dataset["tab"] ?? "lead"));
      tab.addEventListener("keydown", (event) => {
        const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
        const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
        if (step && next) {
          next.focus();
          next.click();
        }
      });
    }
    this.pane("lead").addEventListener("click", (event) => void this.click(event));
    this.pane("lead").addEventListener("change", (event) => this.toSquad(event.target as HTMLElement));
    for (const name of ["log", "alarms"]) {
      this.pane(name).addEventListener("click", (event) => {
        const line = (event.target as Element).closest<HTMLElement>("[data-go-lead]");
        if (line) deeds.choose(Number(line.dataset["goLead"]));
      });
    }
    const remark = one<HTMLFormElement>("[data-remark]", root);
    remark?.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.remark(remark);
    });
    this.pane("duty").addEventListener("click", (event) => {
      const button = (event.target as Element).closest<HTMLElement>("[data-track-of]");
      if (button) deeds.track(Number(button.dataset["trackOf"]));
    });
    this.dropping(this.pane("duty"));
  }

  private pane(name: string): HTMLElement {
    return one(`[data-pane="${name}"]`, this.root) ?? this.root;
  }

  show(name: string): void {
    this.current = name;
    for (const tab of this.root.querySelectorAll<HTMLElement>("[data-tab]")) {
      const mine = tab.dataset["tab"] === name;
      tab.setAttribute("aria-selected", String(mine));
      tab.tabIndex = mine ? 0 : -1;
      this.pane(tab.dataset["tab"] ?? "").hidden = !mine;
    }
    if (name === "log") void this.log();
  }

  showOfficer(id: number): void {
    this.show("duty");
    one(`[data-officer-row="${id}"]`, this.root)?.scrollIntoView({ block: "nearest" });
  }

  // --- the chosen lead ------------------------------------------------------------------------------
  async detail(id: number | null): Promise<void> {
    const turn = ++this.asked;
    if (id === null) return;
    const html = await fetchText(this.config.urls.detail.replace("{id}", String(id)));
    if (turn !== this.asked || html === null) return;
    const open = one("[data-offers]", this.pane("lead"));
    const same = one("[data-card]", this.pane("lead"))?.dataset["card"] === String(id);
    const offers = same ? (open?.innerHTML ?? "") : "";
    this.pane("lead").innerHTML = html;
    const box = one("[data-offers]", this.pane("lead"));
    if (box && offers) box.innerHTML = offers;
  }

  async offers(id: number): Promise<void> {
    if (one("[data-card]", this.pane("lead"))?.dataset["card"] !== String(id)) await this.detail(id);
    const html = await fetchText(this.config.urls.offers.replace("{id}", String(id)));
    const box = one("[data-offers]", this.pane("lead"));
    if (box && html !== null) {
      box.innerHTML = html;
      box.scrollIntoView({ block: "nearest" });
    }
  }

  /** A digit picks; false when no offer is open. */
  pick(digit: string): boolean {
    const button = one<HTMLButtonElement>(`[data-offers] [data-pick="${digit}"]`, this.root);
    button?.click();
    return button !== null;
  }

  closeOffers(): boolean {
    const box = one("[data-offers]", this.root);
    const open = Boolean(box?.childElementCount);
    box?.replaceChildren();
    return open;
  }

  private async click(event: Event): Promise<void> {
    const button = (event.target as Element).closest<HTMLElement>("[data-act], [data-offer], [data-pick]");
    if (!button) return;
    if (button.dataset["offer"] !== undefined) this.deeds.offer();
    else if (button.dataset["pick"]) {
      this.deeds.send({ officer: Number(button.dataset["officer"]), name: button.dataset["name"] ?? "" });
    } else if (button.dataset["reasoned"] !== undefined) {
      const note = await this.reason();
      if (note) this.deeds.act(button.dataset["act"] ?? "", note);
    } else this.deeds.act(button.dataset["act"] ?? "");
  }

  private toSquad(target: HTMLElement): void {
    if (!(target instanceof HTMLSelectElement) || !target.matches("[data-squad-pick]") || !target.value) return;
    this.deeds.send({ squad: Number(target.value), name: target.selectedOptions[0]?.textContent ?? "" });
  }

  /** Ask for a reason; empty when the person went back. */
  reason(): Promise<string> {
    const dialog = one<HTMLDialogElement>("#command-reason");
    const form = dialog ? one<HTMLFormElement>("[data-reason]", dialog) : null;
    const input = form?.elements.namedItem("note");
    if (!dialog || !form || !(input instanceof HTMLInputElement)) return Promise.resolve("");
    input.value = "";
    let given = "";
    form.onsubmit = () => (given = input.value.trim(), undefined);
    dialog.showModal();
    return new Promise((done) => dialog.addEventListener("close", () => done(given), { once: true }));
  }

  // --- on duty --------------------------------------------------------------------------------------
  draw(now: number): void {
    this.drawDuty(now);
    this.drawAlarms();
  }

  private drawDuty(now: number): void {
    const { texts, squads } = this.config;
    const loads = this.live.state.loads();
    const rows = [...this.live.state.officers.values()].map((officer) => ({ officer, ...this.status(officer, now, loads) }));
    const stamp = JSON.stringify(rows);
    if (stamp === this.duty) return;
    this.duty = stamp;
    const box = this.pane("duty");
    if (!rows.length) return box.replaceChildren(make("p", "muted", texts["nobodyOnDuty"]));
    const groups = new Map<number, HTMLElement>();
    const parts: HTMLElement[] = [];
    for (const { officer, words, state } of rows) {
      let list = groups.get(officer.squad);
      if (!list) {
        const head = make("h3", "duty-squad", squads[officer.squad] ?? "");
        head.dataset["dropSquad"] = String(officer.squad);
        list = make("ul", "duty-list");
        groups.set(officer.squad, list);
        parts.push(head, list);
      }
      const row = make("li", `duty-row ${state}`);
      row.dataset["officerRow"] = String(officer.id);
      row.dataset["name"] = officer.name;
      row.append(make("i"), make("b", "", officer.name), make("span", "", words));
      if (this.config.urls.track && officer.at) {
        const button = make("button", "button small", this.config.texts["track"]);
        button.setAttribute("type", "button");
        button.dataset["trackOf"] = String(officer.id);
        row.append(button);
      }
      list.append(row);
    }
    box.replaceChildren(...parts);
  }

  private status(officer: Officer, now: number, loads: ReturnType<Live["state"]["loads"]>): { words: string; state: string } {
    const { texts, staleMinutes } = this.config;
    const accepted = loads.get(officer.id)?.accepted ?? 0;
    const waiting = loads.get(officer.id)?.waiting ?? 0;
    const load = (accepted ? fill(texts["busy"], { n: accepted }) : (texts["free"] ?? "")) + (waiting ? ` +${waiting}` : "");
    if (!officer.at) return { words: `${load} · ${texts["unplaced"] ?? ""}`, state: accepted ? "busy" : "free" };
    const age = now - Date.parse(officer.at);
    const old = age > staleMinutes * 60_000;
    const words = old ? `${load} · ${fill(texts["stale"], { time: span(age, texts) })}` : load;
    return { words, state: old ? "stale" : accepted ? "busy" : "free" };
  }

  private dropping(box: HTMLElement): void {
    const over = (event: Event): HTMLElement | null =>
      (event.target as Element).closest<HTMLElement>("[data-officer-row], [data-drop-squad]");
    box.addEventListener("dragover", (event) => {
      for (const old of box.querySelectorAll(".is-over")) old.classList.remove("is-over");
      over(event)?.classList.add("is-over");
      if (over(event)) event.preventDefault();
    });
    box.addEventListener("drop", (event) => {
      event.preventDefault();
      const target = over(event);
      for (const old of box.querySelectorAll(".is-over")) old.classList.remove("is-over");
      const lead = Number(event.dataTransfer?.getData("text/x-lead"));
      if (!target || !lead) return;
      const { officerRow, dropSquad, name } = target.dataset;
      if (officerRow) this.deeds.drop(lead, { officer: Number(officerRow), name: name ?? "" });
      else this.deeds.drop(lead, { squad: Number(dropSquad), name: target.textContent ?? "" });
    });
  }

  // --- alarms and log -------------------------------------------------------------------------------
  private drawAlarms(): void {
    const alarms = [...this.live.state.alarms.values()].sort((a, b) => Date.parse(b.raised_at) - Date.parse(a.raised_at));
    const stamp = JSON.stringify(alarms);
    if (stamp === this.alarms) return;
    this.alarms = stamp;
    const list = make("ol", "log-lines");
    for (const alarm of alarms) {
      const line = make("li", "alarm");
      line.dataset["goLead"] = String(alarm.lead);
      const time = make("time", "", clock(alarm.raised_at, this.config.timeZone));
      const words = make("span");
      words.append(make("b", "", this.config.alarmKinds[alarm.kind] ?? alarm.kind), ` ${alarm.number ?? ""}`);
      line.append(time, words);
      list.append(line);
    }
    this.pane("alarms").replaceChildren(alarms.length ? list : make("p", "muted", this.config.texts["noAlarms"]));
  }

  logSoon(): void {
    if (this.current !== "log") return;
    this.logTimer ??= setTimeout(() => {
      this.logTimer = undefined;
      void this.log();
    }, LOG_MS);
  }

  private async log(): Promise<void> {
    const html = await fetchText(this.config.urls.log);
    const box = one("[data-log]", this.root);
    if (box && html !== null && box.innerHTML !== html) box.innerHTML = html;
  }

  private async remark(form: HTMLFormElement): Promise<void> {
    const text = String(new FormData(form).get("text") ?? "");
    const answer = await post(form.action, { text });
    if (answer.ok) {
      form.reset();
      void this.log();
    } else this.deeds.say(answer.data.problem ?? this.config.texts["offline"] ?? "", true);
  }
}

/** 22:54 on the bureau's clock, wherever the browser is. */
export function clock(moment: string | number, timeZone: string): string {
  return new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone }).format(new Date(moment));
}
