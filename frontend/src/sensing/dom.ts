/** Making elements, and asking the server with the page's token. */

export function element<K extends keyof HTMLElementTagNameMap>(name: K, className = "", text = ""): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

/** POST a form; the answer's JSON, or an Error with the sentence of the server. */
export async function post(address: string, values: Record<string, string>): Promise<Record<string, string>> {
  const token = document.querySelector<HTMLMetaElement>("meta[name=csrf-token]")?.content ?? "";
  const answer = await fetch(address, {
    method: "POST",
    credentials: "same-origin",
    keepalive: true, // a verdict given just before leaving the page still arrives
    headers: { "X-CSRFToken": token },
    body: new URLSearchParams(values),
  });
  const said = answer.headers.get("content-type")?.includes("json") ? ((await answer.json()) as Record<string, string>) : {};
  if (!answer.ok) throw new Error(said["detail"] ?? "");
  return said;
}
