/** Every word of the app, from the server's catalogue (`field/texts.py`), in either language without a network. */
import { signal } from "@preact/signals";
import { ZONE } from "./settings";

const words = signal<Record<string, string>>({});
export const language = signal("zh-hans");
const KEY = "chengshu-field-language";

export async function loadTexts(wanted?: string): Promise<void> {
  const chosen = wanted ?? localStorage.getItem(KEY) ?? (navigator.language.startsWith("en") ? "en" : "zh-hans");
  const answer = await fetch(`/field/texts-${chosen}.json`);
  if (!answer.ok) return;
  words.value = (await answer.json()) as Record<string, string>;
  language.value = chosen;
  localStorage.setItem(KEY, chosen);
  document.documentElement.lang = chosen === "en" ? "en" : "zh-Hans";
  document.title = t("app");
}

export function t(key: string, values: Record<string, string | number> = {}): string {
  return (words.value[key] ?? key).replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** A name that has an English form. */
export function named(one: { name: string; name_en?: string }): string {
  return (language.value === "en" && one.name_en) || one.name;
}

export function clockTime(at: string | number): string {
  return new Intl.DateTimeFormat(locale(), { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: ZONE }).format(new Date(at));
}

export function dayTime(at: string | number): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return String(at);
  if (typeof at === "string" && /^\d{4}-\d\d-\d\d$/.test(at)) {
    return new Intl.DateTimeFormat(locale(), { month: "numeric", day: "numeric", timeZone: "UTC" }).format(date);
  }
  return new Intl.DateTimeFormat(locale(), { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: ZONE }).format(date);
}

export function distance(metres: number): string {
  return metres < 1_000 ? `${Math.round(metres / 10) * 10} m` : `${(metres / 1_000).toFixed(1)} km`;
}

export function size(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
  return bytes < 1_000_000 ? `${Math.ceil(bytes / 1_000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

function locale(): string {
  return language.value === "en" ? "en-GB" : "zh-CN";
}
