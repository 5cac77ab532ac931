/** TypeScript that cannot be run. */
export class TypeScriptError extends Error {
  override readonly name = 'TypeScriptError';
  /** `:line:column`, as far as it is known. */
  readonly place: string;

  constructor(place: string, message: string, options: ErrorOptions) {
    super(message.replace('in strip-only mode', 'where types are only erased'), options);
    this.place = place;
  }
}

/** Columns of a tab in what Node shows of a source. */
const TAB_WIDTH = 4;

/**
 * JavaScript of TypeScript: types become spaces, so that every position stays what it was. What would need code in
 * their place (enums, namespaces, parameter properties) is refused. Node's own eraser does it, which takes some 50 ms
 * to load: asked for only where there is TypeScript.
 *
 * @throws TypeScriptError
 */
export function eraseTypes(text: string): string {
  const { stripTypeScriptTypes } = process.getBuiltinModule('node:module');
  try {
    return stripTypeScriptTypes(text, { mode: 'strip' });
  } catch (cause) {
    if (!(cause instanceof Error) || !('code' in cause)) throw cause;
    throw new TypeScriptError(placeOf(cause.stack ?? '', text), cause.message, { cause });
  }
}

/**
 * Node tells the place only as it prints it: the line's number, a copy of the line, and an arrow below the column; or,
 * of what takes several lines, a copy of them all.
 */
function placeOf(stack: string, text: string): string {
  const [, number, snippet = ''] = /^[^\n]*:(\d+)\n(.*?)\n\n/s.exec(stack) ?? [];
  if (number === undefined) return '';
  const line = text.split('\n')[Number(number) - 1] ?? '';
  const arrow = /\n( *)\^+$/m.exec(snippet)?.[1];
  if (arrow !== undefined) return `:${number}:${columnAt(line, arrow.length) + 1}`;
  return /^ *> /m.test(snippet) ? `:${number}:${line.search(/\S|$/) + 1}` : `:${number}`;
}

/** The index in `line` of what is printed `width` columns to the right. */
function columnAt(line: string, width: number): number {
  let index = 0;
  for (let at = 0; at < width && index < line.length; index++) at += line[index] === '\t' ? TAB_WIDTH : 1;
  return index;
}
