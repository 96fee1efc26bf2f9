/** The bar that plays a past day: slider, speed, and the state of that moment. */
import { fetchJson, one } from "./dom";
import { Playback, type Day } from "./playback";
import type { Config, Lead } from "./types";

const FRAME_MS = 200;

export interface Past {
  moment: number;
  leads: Lead[];
  found: number;
  closed: number;
}

export class ReplayBar {
  private playback: Playback | null = null;
  private moment = 0;
  private timer: ReturnType<typeof setInterval> | undefined;
  private readonly form: HTMLFormElement | null;
  private readonly slider: HTMLInputElement | null;

  constructor(
    private readonly root: HTMLElement,
    private readonly config: Config,
    private readonly changed: () => void,
  ) {
    this.form = one<HTMLFormElement>("[data-replay]", root);
    this.slider = this.form ? one<HTMLInputElement>("input[name=at]", this.form) : null;
    one("[data-replay-open]", root)?.addEventListener("click", () => void this.open());
    one("[data-replay-close]", root)?.addEventListener("click", () => this.close());
    one("[data-play]", root)?.addEventListener("click", () => (this.timer ? this.pause() : this.play()));
    this.slider?.addEventListener("input", () => this.seek());
    if (this.form) one("input[name=day]", this.form)?.addEventListener("change", () => void this.open());
    this.form?.addEventListener("submit", (event) => event.preventDefault());
  }

  /** The past that is shown, or null: then the present is. */
  state(): Past | null {
    const { playback, moment } = this;
    if (!playback) return null;
    const leads = playback.at(moment);
    return { moment, leads, found: playback.found, closed: playback.closed };
  }

  private async open(): Promise<void> {
    if (!this.form || !this.slider) return;
    this.pause();
    this.form.hidden = false;
    this.root.classList.add("is-past");
    const day = String(new FormData(this.form).get("day") ?? "");
    const join = this.config.urls.replay.includes("?") ? "&" : "?";
    const data = await fetchJson<Day>(`${this.config.urls.replay}${join}day=${encodeURIComponent(day)}`);
    if (!data) return;
    this.playback = new Playback(data);
    this.moment = this.playback.begins;
    this.slider.max = String(Math.round((this.playback.ends - this.playback.begins) / 1000) - 1);
    this.show();
  }

  private close(): void {
    this.pause();
    this.playback = null;
    this.root.classList.remove("is-past");
    if (this.form) this.form.hidden = true;
    this.changed();
  }

  private seek(): void {
    if (!this.playback || !this.slider) return;
    this.moment = this.playback.begins + Number(this.slider.value) * 1000;
    this.show();
  }

  private play(): void {
    if (!this.playback || !this.form) return;
    this.label(true);
    let last = Date.now();
    this.timer = setInterval(() => {
      if (!this.playback || !this.form) return;
      const speed = Number(new FormData(this.form).get("speed"));
      const now = Date.now();
      this.moment = Math.min(this.playback.ends - 1000, this.moment + (now - last) * speed);
      last = now;
      if (this.moment >= this.playback.ends - 1000) this.pause();
      this.show();
    }, FRAME_MS);
  }

  private pause(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.label(false);
  }

  private label(playing: boolean): void {
    const button = one("[data-play]", this.root);
    if (button) button.textContent = button.dataset[playing ? "pause" : "go"] ?? "";
  }

  private show(): void {
    if (!this.playback || !this.slider) return;
    const seconds = Math.round((this.moment - this.playback.begins) / 1000);
    this.slider.value = String(seconds);
    const words = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60].map((n) => String(n).padStart(2, "0")).join(":");
    const clock = one("[data-replay] [data-clock]", this.root);
    if (clock) clock.textContent = words;
    this.slider.setAttribute("aria-valuetext", words);
    this.changed();
  }
}
