/** Sentences in the page's language, put beside the page by the server. */
const TEXTS: Record<string, string> = read("script-texts");

/** The JSON object in a script element; empty where the page has none (error pages). */
export function read<T extends object = Record<string, string>>(id: string): T {
  const element = document.getElementById(id);
  return (element?.textContent ? JSON.parse(element.textContent) : {}) as T;
}

export function text(key: string): string {
  return TEXTS[key] ?? "";
}
