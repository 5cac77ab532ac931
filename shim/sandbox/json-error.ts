/** A place in a text, counted from 1 as editors do. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

const TOKEN =
  /[ \t\n\r]*(?:([{}[\],:])|("(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)/y;

/**
 * Where `text` stops being JSON. V8's own message names a position for some mistakes only.
 * Expects a text that `JSON.parse()` has refused.
 */
export function jsonErrorPosition(text: string): TextPosition {
  const open: ('{' | '[')[] = [];
  let wanted: 'value' | 'key' | 'colon' | 'next' = 'value';
  let mayClose = false;
  TOKEN.lastIndex = 0;
  for (;;) {
    const from = TOKEN.lastIndex;
    const found = TOKEN.exec(text);
    const offset = found ? TOKEN.lastIndex - found[0].trimStart().length : skipSpace(text, from);
    if (!found) return positionAt(text, offset);
    const [, mark, string] = found;
    const inside = open.at(-1);
    if (wanted === 'value' && (mark === '{' || mark === '[')) {
      open.push(mark);
      wanted = mark === '{' ? 'key' : 'value';
      mayClose = true;
      continue;
    }
    const closes = (mark === '}' && inside === '{') || (mark === ']' && inside === '[');
    if (closes && (wanted === 'next' || mayClose)) {
      open.pop();
      wanted = 'next';
    } else if (wanted === 'value' && mark === undefined) wanted = 'next';
    else if (wanted === 'key' && string !== undefined) wanted = 'colon';
    else if (wanted === 'colon' && mark === ':') wanted = 'value';
    else if (wanted === 'next' && mark === ',' && inside) wanted = inside === '{' ? 'key' : 'value';
    else return positionAt(text, offset);
    mayClose = false;
  }
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && ' \t\n\r'.includes(text.charAt(at))) at++;
  return at;
}

function positionAt(text: string, offset: number): TextPosition {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: offset - lineStart + 1 };
}
