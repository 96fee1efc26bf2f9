/** Small helpers around the document. */
export function one<T extends HTMLElement>(selector: string, within: ParentNode = document): T | null {
  return within.querySelector<T>(selector);
}

export function make(tag: string, className = "", text?: string): HTMLElement {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

export function setText(within: ParentNode, name: string, value: string | number): void {
  for (const box of within.querySelectorAll(`[data-count="${name}"]`)) {
    if (box.textContent !== String(value)) box.textContent = String(value);
  }
}

export function fill(pattern: string | undefined, values: Record<string, string | number>): string {
  return (pattern ?? "").replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

export interface Answer {
  ok: boolean;
  status: number;
  data: { problem?: string; code?: string; lead?: unknown } & Record<string, unknown>;
}

/** A POST with the page's token; a network failure answers with status 0. */
export async function post(address: string, values: Record<string, string>): Promise<Answer> {
  const token = one<HTMLMetaElement>("meta[name=csrf-token]")?.content ?? "";
  try {
    const answer = await fetch(address, {
      method: "POST",
      credentials: "same-origin",
      headers: { "X-CSRFToken": token, Accept: "application/json" },
      body: new URLSearchParams(values),
    });
    const json = (answer.headers.get("Content-Type") ?? "").includes("json");
    return { ok: answer.ok, status: answer.status, data: json ? ((await answer.json()) as Answer["data"]) : {} };
  } catch {
    return { ok: false, status: 0, data: {} };
  }
}

export async function fetchText(address: string): Promise<string | null> {
  try {
    const answer = await fetch(address, { credentials: "same-origin" });
    return answer.ok ? await answer.text() : null;
  } catch {
    return null;
  }
}

export async function fetchJson<T>(address: string): Promise<T | null> {
  const text = await fetchText(address);
  return text === null ? null : (JSON.parse(text) as T);
}
