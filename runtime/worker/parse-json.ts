/**
 * Values in one text. Each takes some hundred bytes where it is parsed, however short it is written, and nothing
 * stops the engine's parser on its way: it would end the whole process when the heap is full.
 */
export const MAXIMUM_VALUES = 100_000;

/** Beside the entries of a K/V namespace. */
const OTHER_VALUES = 1_000;

/** How many values a text may have that holds a namespace of at most so many keys, and as many names again. */
export function valuesFor(keys: number): number {
  return 2 * keys + OTHER_VALUES;
}

/** A text as long as this cannot hold enough of them to matter. */
const SHORT = 65_536;

const [QUOTE, BACKSLASH, COMMA, BRACKET, BRACE] = [0x22, 0x5c, 0x2c, 0x5b, 0x7b] as const;

/**
 * `JSON.parse` for what a guest wrote, with `most` values in it.
 *
 * @throws SyntaxError
 * @throws RangeError for more values than anybody needs
 */
export function parseJson(text: string, most: number = MAXIMUM_VALUES): unknown {
  if (text.length > SHORT && hasMoreValues(text, most)) {
    throw new RangeError(`it has more than ${most} values`);
  }
  return JSON.parse(text);
}

/** Every value but the first comes after a comma, or first in a list or an object. */
function hasMoreValues(text: string, most: number): boolean {
  let count = 1;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (code === COMMA || code === BRACKET || code === BRACE) count += 1;
    if (count > most) return true;
  }
  return false;
}

/** Where the string that begins at `start` ends: at a quote with an even number of backslashes in front. */
function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return at;
  }
  return text.length;
}
