/** The wall: few large figures, the most urgent in turn, alarms; silent unless somebody wants a sound. */
import { fill, make, one, setText } from "./dom";
import { Live, type LinkState } from "./live";
import { CommandMap } from "./map";
import { light, LIGHTS, ordered, timeLeft } from "./queue";
import { clock } from "./side";
import type { Config, Lead } from "./types";

const ALARMS = 4;
const DRAW_MS = 200;

export class Wall {
  private readonly live: Live;
  private readonly map: CommandMap;
  private page = 0;
  private drawing: ReturnType<typeof setTimeout> | undefined;
  private sound: AudioContext | null = null;
  private heard = new Set<number>();

  constructor(
    private readonly root: HTMLElement,
    private readonly config: Config,
  ) {
    this.live = new Live(config, { changed: (what) => this.changed(what), link: (state) => this.link(state) });
    this.map = new CommandMap(one("[data-ground]", root) ?? root, config, () => undefined);
    one("[data-sound]", root)?.addEventListener("click", () => this.toggleSound());
  }

  async start(): Promise<void> {
    await this.live.start();
    setInterval(() => {
      this.page += 1;
      this.draw();
    }, this.config.wallSeconds * 1000);
    setInterval(() => this.time(), 1000);
    this.time();
  }

  private changed(what: string): void {
    const fresh = [...this.live.state.alarms.keys()].filter((id) => !this.heard.has(id));
    for (const id of fresh) this.heard.add(id);
    if (what === "alarm" && fresh.length) this.beep();
    this.drawing ??= setTimeout(() => this.draw(), DRAW_MS);
  }

  private draw(): void {
    clearTimeout(this.drawing);
    this.drawing = undefined;
    const { state } = this.live;
    const now = this.live.now();
    const rows = ordered(state.leads.values(), now);
    const counts = state.counts(now);
    for (const name of LIGHTS) setText(this.root, name, counts[name]);
    setText(this.root, "found", state.found.size);
    setText(this.root, "closed", state.closed.size);
    setText(this.root, "duty", state.officers.size);
    setText(this.root, "alarms", state.alarms.size);
    const pages = Math.max(1, Math.ceil(rows.length / this.config.wallRows));
    const at = (this.page % pages) * this.config.wallRows;
    one("[data-wall-queue]", this.root)?.replaceChildren(
      ...rows.slice(at, at + this.config.wallRows).map((lead) => this.row(lead, now)),
    );
    const turn = one("[data-turn]", this.root);
    if (turn) turn.textContent = `${(this.page % pages) + 1} / ${pages}`;
    this.map.show(
      "leads",
      rows.flatMap((lead) =>
        lead.lng === null || lead.lat === null ? [] : [{ id: lead.id, lng: lead.lng, lat: lead.lat, light: light(lead, now) }],
      ),
    );
    this.officers(now);
    this.alarms();
  }

  private row(lead: Lead, now: number): HTMLElement {
    const { classes, squads, stages, texts } = this.config;
    const shade = light(lead, now);
    const row = make("li", shade);
    row.append(
      make("i"),
      make("b", "", classes[lead.class]?.label ?? ""),
      make("span", "wall-time", timeLeft(lead, now, texts)),
      make("span", "wall-place", lead.address || lead.number),
      make("span", "wall-who", `${stages[lead.stage] ?? ""} ${lead.squad === null ? "" : (squads[lead.squad] ?? "")}`),
    );
    return row;
  }

  private officers(now: number): void {
    const loads = this.live.state.loads();
    this.map.show(
      "officers",
      [...this.live.state.officers.values()].flatMap(({ id, lng, lat, at, name }) => {
        if (lng === null || lat === null || !at) return [];
        const old = now - Date.parse(at) > this.config.staleMinutes * 60_000;
        return [{ id, lng, lat, name, state: old ? "stale" : loads.get(id)?.accepted ? "busy" : "free" }];
      }),
    );
  }

  private alarms(): void {
    const newest = [...this.live.state.alarms.values()].sort((a, b) => Date.parse(b.raised_at) - Date.parse(a.raised_at));
    const rows = newest.slice(0, ALARMS).map((alarm) => {
      const row = make("li");
      const lead = this.live.state.leads.get(alarm.lead);
      const what = lead ? `${this.config.classes[lead.class]?.label ?? ""} · ${lead.address || lead.number}` : (alarm.number ?? "");
      row.append(
        make("time", "", clock(alarm.raised_at, this.config.timeZone)),
        make("b", "", this.config.alarmKinds[alarm.kind] ?? ""),
        make("span", "", what),
      );
      return row;
    });
    one("[data-wall-alarms]", this.root)?.replaceChildren(
      ...(rows.length ? rows : [make("li", "muted", this.config.texts["noAlarms"])]),
    );
  }

  private time(): void {
    const box = one("[data-clock]", this.root);
    if (box) box.textContent = clock(this.live.now(), this.config.timeZone);
  }

  private link(state: LinkState): void {
    const box = one("[data-link]", this.root);
    if (!box) return;
    box.dataset["state"] = state;
    box.textContent = fill(this.config.texts[state], {});
  }

  private toggleSound(): void {
    const button = one("[data-sound]", this.root);
    if (this.sound) {
      void this.sound.close();
      this.sound = null;
    } else this.sound = new AudioContext();
    button?.setAttribute("aria-pressed", String(this.sound !== null));
    const label = button ? one("span", button) : null;
    if (label) label.textContent = this.config.texts[this.sound ? "soundOn" : "soundOff"] ?? "";
    this.beep();
  }

  private beep(): void {
    if (!this.sound) return;
    const tone = this.sound.createOscillator();
    const volume = this.sound.createGain();
    volume.gain.value = 0.2;
    tone.frequency.value = 660;
    tone.connect(volume).connect(this.sound.destination);
    tone.start();
    tone.stop(this.sound.currentTime + 0.25);
  }
}
