/** Forms filled in on site: a draft in this browser, a signature by finger, the result that answers lead to. */
import { startSignatures } from "./signature";

const PREFIX = "draft:";
const KEPT_DAYS = 14;
// Secrets of the page and files are not typed by anybody; files cannot be kept here.
const LEFT_OUT = ["csrfmiddlewaretoken", "kept", "lng", "lat"];

interface Draft {
  at: number;
  values: Record<string, string[]>;
}

export function startOnSite(): void {
  forgetRecorded();
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-draft]")) keepDraft(form);
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-proposes]")) propose(form);
  startSignatures();
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    if (target.closest("[data-print]")) window.print();
    const near = target.closest<HTMLElement>("[data-near]");
    if (near) nearest(near);
  });
}

// --- drafts ------------------------------------------------------------------------------------------

/** A page that shows what was recorded names the form: its draft, and drafts of long ago, are done with. */
function forgetRecorded(): void {
  const recorded = document.querySelector<HTMLElement>("[data-draft-done]")?.dataset["draftDone"];
  for (const key of Object.keys(localStorage).filter((name) => name.startsWith(PREFIX))) {
    const draft = readDraft(key);
    const old = !draft || Date.now() - draft.at > KEPT_DAYS * 86_400_000;
    if (old || (recorded && draft.values["client_id"]?.[0] === recorded)) localStorage.removeItem(key);
  }
}

function readDraft(key: string): Draft | null {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null") as Draft | null;
  } catch {
    return null;
  }
}

function keepDraft(form: HTMLFormElement): void {
  const key = PREFIX + (form.dataset["draft"] ?? "");
  // After a refusal the page itself carries everything that was sent.
  const draft = form.hasAttribute("data-refused") ? null : readDraft(key);
  if (draft) {
    fill(form, draft.values);
    form.querySelector<HTMLElement>("[data-draft-note]")?.removeAttribute("hidden");
  }
  const save = (): void => {
    try {
      localStorage.setItem(key, JSON.stringify({ at: Date.now(), values: valuesOf(form) }));
    } catch {
      // Full or forbidden: the form works without a draft.
    }
  };
  form.addEventListener("input", save);
  form.addEventListener("change", save);
}

export function valuesOf(form: HTMLFormElement): Record<string, string[]> {
  const values: Record<string, string[]> = {};
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string" && !LEFT_OUT.includes(name)) (values[name] ??= []).push(value);
  }
  return values;
}

export function fill(form: HTMLFormElement, values: Record<string, string[]>): void {
  for (const box of form.elements) {
    const typed = box instanceof HTMLInputElement || box instanceof HTMLTextAreaElement || box instanceof HTMLSelectElement;
    if (!typed || !box.name || LEFT_OUT.includes(box.name) || box.type === "file") continue;
    const kept = values[box.name] ?? [];
    if (box instanceof HTMLInputElement && ["radio", "checkbox"].includes(box.type)) box.checked = kept.includes(box.value);
    else if (kept[0] !== undefined) box.value = kept[0];
  }
}

// --- the result that the answers lead to --------------------------------------------------------------

/** The gravest result of the answers; "1" where no problem was found, "" while an entry is not answered. */
export function proposal(answers: { found: string; result: string }[], gravestFirst: string[]): string {
  if (!answers.length || answers.some(({ found }) => !found)) return "";
  const results = new Set(answers.filter(({ found }) => found === "yes").map(({ result }) => result));
  if (!results.size) return "1";
  return gravestFirst.find((code) => results.has(code)) ?? [...results][0] ?? "";
}

function propose(form: HTMLFormElement): void {
  const select = document.getElementById(form.dataset["proposes"] ?? "");
  if (!(select instanceof HTMLSelectElement)) return;
  const hint = form.querySelector<HTMLElement>("[data-proposal]");
  const gravest = (form.dataset["gravestFirst"] ?? "").split(" ");
  let ours = select.value === "";
  select.addEventListener("change", () => (ours = false));
  form.addEventListener("change", (event) => {
    if (event.target === select || !ours) return;
    const way = proposal(answersOf(form), gravest);
    if (!way || select.value === way) return;
    select.value = way;
    hint?.removeAttribute("hidden");
  });
}

function answersOf(form: HTMLFormElement): { found: string; result: string }[] {
  const groups = new Map<string, { found: string; result: string }>();
  for (const radio of form.querySelectorAll<HTMLInputElement>("input[type=radio][data-result]")) {
    const one = groups.get(radio.name) ?? { found: "", result: radio.dataset["result"] ?? "" };
    if (radio.checked) one.found = radio.value;
    groups.set(radio.name, one);
  }
  return [...groups.values()];
}

// --- nearest first --------------------------------------------------------------------------------------

function nearest(button: HTMLElement): void {
  const box = document.getElementById(button.dataset["near"] ?? "");
  const status = button.parentElement?.querySelector("[role=status]");
  const fail = (): void => {
    if (status) status.textContent = button.dataset["failed"] ?? "";
  };
  if (!(box instanceof HTMLInputElement) || !navigator.geolocation) return fail();
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      box.value = `${coords.longitude.toFixed(5)},${coords.latitude.toFixed(5)}`;
      box.dispatchEvent(new Event("change", { bubbles: true }));
    },
    fail,
    { enableHighAccuracy: true, timeout: 15_000, maximumAge: 60_000 },
  );
}
