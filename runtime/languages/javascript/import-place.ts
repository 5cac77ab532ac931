/**
 * `:line:column` of the first import of `specifier` in `text`, found by its words: the engine tells no place of an
 * import that fails. Empty where it cannot be told.
 */
export function importPlace(text: string, specifier: string): string {
  for (const quote of ['"', "'", '`']) {
    const literal = quote + specifier + quote;
    for (let at = text.indexOf(literal); at >= 0; at = text.indexOf(literal, at + 1)) {
      if (!/\b(?:from|import)\s*\(?\s*$/.test(text.slice(Math.max(0, at - 200), at))) continue;
      const lines = text.slice(0, at).split('\n');
      return `:${lines.length}:${(lines.at(-1)?.length ?? 0) + 1}`;
    }
  }
  return '';
}
