/**
 * Controls, and what changes how its surroundings are shown: direction marks, line separators, lone surrogates.
 * Nothing that an image says may drive a terminal or pass for something else.
 */
const INVISIBLE = /[\p{C}\u2028\u2029]/gu;
const INVISIBLE_IN_LINES = /[^\P{C}\n]|[\u2028\u2029]/gu;

/** One line, with what cannot be seen as escapes. */
export function shownText(text: string): string {
  return text.replace(INVISIBLE, escapeOf);
}

/** As `shownText`, with its line breaks. */
export function shownLines(text: string): string {
  return text.replace(INVISIBLE_IN_LINES, escapeOf);
}

/** JSON of which the same is true, and which reads back as the same value. */
export function shownJson(value: unknown): string {
  return JSON.stringify(value).replace(INVISIBLE, (char) =>
    Array.from({ length: char.length }, (_, index) => unitEscape(char.charCodeAt(index))).join(''),
  );
}

function unitEscape(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`;
}

function escapeOf(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  return code > 0xff ? `\\u{${code.toString(16)}}` : `\\x${code.toString(16).padStart(2, '0')}`;
}
