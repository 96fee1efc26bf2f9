/** Forms: one submission, Ctrl+Enter, chosen files, filters that apply while one types. */
import { fileSize } from "./pure";

const TYPING_MS = 300;
// A form whose answer is a download never leaves the page: its button comes back after this long.
const DOWNLOAD_MS = 10_000;

export function startForms(): void {
  document.addEventListener("submit", onSubmit);
  window.addEventListener("pageshow", release);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      (event.target as HTMLElement).closest<HTMLFormElement>("form")?.requestSubmit();
    }
  });
  document.addEventListener("change", (event) => {
    const target = event.target as HTMLElement;
    const drop = target.closest("[data-drop]");
    if (drop && target instanceof HTMLInputElement) showFiles(drop, target);
  });
  for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
      const drop = (event.target as Element).closest?.("[data-drop]");
      drop?.classList.toggle("is-over", kind === "dragenter" || kind === "dragover");
    });
  }
  filterWhileTyping();
}

function onSubmit(event: SubmitEvent): void {
  const form = event.target as HTMLFormElement;
  if (form.method !== "post" || event.defaultPrevented || form.matches("[data-no-guard], [hx-post], [hx-put]")) return;
  if (form.dataset["sent"]) {
    event.preventDefault();
    return;
  }
  form.dataset["sent"] = "1";
  // After the browser has collected the values, the pressed button's own among them.
  setTimeout(() => setDisabled(form, true));
  setTimeout(() => setDisabled(form, false), DOWNLOAD_MS);
}

function release(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-sent]")) setDisabled(form, false);
}

function setDisabled(form: HTMLFormElement, disabled: boolean): void {
  if (!disabled) delete form.dataset["sent"];
  for (const button of form.querySelectorAll<HTMLButtonElement>("button:not([type=button], [type=reset])")) {
    button.disabled = disabled;
  }
}

function showFiles(drop: Element, input: HTMLInputElement): void {
  const output = drop.querySelector("output");
  if (output) output.textContent = [...(input.files ?? [])].map((file) => `${file.name} · ${fileSize(file.size)}`).join("\n");
}

function filterWhileTyping(): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const soon = (event: Event): void => {
    const input = event.target as HTMLElement;
    const form = input.closest("[data-filter]");
    // While an input method composes, the letters are not yet the word.
    if (!form || !input.matches("input[type=search], input[type=text]") || (event as InputEvent).isComposing) return;
    clearTimeout(timer);
    timer = setTimeout(() => form.dispatchEvent(new Event("typed")), TYPING_MS);
  };
  document.addEventListener("input", soon);
  document.addEventListener("compositionend", soon);
}
