/** A paper with places for what the officer entered, as the server's builder of documents composed it. */

export interface Cell {
  label: string;
  value: string;
  sign?: string;
}

export type Section =
  | { type: "paragraphs"; texts: string[]; heading?: string; note?: boolean; flush?: boolean; centred?: boolean }
  | { type: "grid"; rows: Cell[][] }
  | { type: "closing"; authority: string; date: string };

const PLACE = /\{(\w+)\}/g;

/** The sections with values in their places. A paragraph whose only content is an empty place is left out. */
export function filled(sections: readonly Section[], values: Record<string, string>): Section[] {
  const put = (text: string): string => text.replace(PLACE, (_whole, name: string) => values[name] ?? "").replace(/（[^（）]*：）/g, "");
  return sections.flatMap((section): Section[] => {
    if (section.type === "closing") return [{ ...section, authority: put(section.authority), date: put(section.date) }];
    if (section.type === "grid") {
      const rows = section.rows.map((row) => row.map((cell) => ({ ...cell, value: put(cell.value) })));
      return [{ ...section, rows: rows.filter((row) => row.some((cell) => cell.value || cell.sign)) }];
    }
    const texts = section.texts.filter((text) => !onlyEmpty(text, values)).map((text) => put(text).replace(/。。/g, "。"));
    return texts.length ? [{ ...section, texts }] : [];
  });
}

function onlyEmpty(text: string, values: Record<string, string>): boolean {
  const names = [...text.matchAll(PLACE)].map((found) => found[1]!);
  return names.length > 0 && names.every((name) => !values[name]) && text.replace(PLACE, "").replace(/[\p{P}\s]/gu, "") === "";
}
