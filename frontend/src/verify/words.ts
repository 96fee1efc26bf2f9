/** A sentence with its places `%(name)s` and `%(name)d` filled. */
export function fill(sentence: string, values: Record<string, string | number>): string {
  return sentence.replace(/%\((\w+)\)[sd]/g, (place, name: string) => String(values[name] ?? place));
}
