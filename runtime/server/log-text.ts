/** Below the first line of an entry: no line of it can be taken for an entry of its own. */
const INDENT = '    ';

const LINE_FEED = 0x0a;

/**
 * Controls, and what changes how its surroundings are shown (direction marks, line separators, lone
 * surrogates). Text of guests and clients must not forge a line or drive a terminal; a tab does neither.
 */
const INVISIBLE = /[^\P{C}\t]|[\u2028\u2029]/gu;

/** One line, with every line break in it as an escape, too. */
export function oneLine(text: string): string {
  return text.replace(INVISIBLE, escapeOf);
}

/** An entry of the log: further lines of the message are indented. */
export function entryText(message: string): string {
  const [first = '', ...others] = linesOf(message);
  return [oneLine(first), ...others.map((line) => oneLine(indented(line)))].join('\n');
}

/** What a worker printed: each line says which worker it is of. */
export function saidText(worker: string, text: string): string {
  const prefix = `${oneLine(worker)} | `;
  return linesOf(text)
    .map((line) => `${prefix}${oneLine(line)}`)
    .join('\n');
}

/** Length of that text, but for escapes. */
export function saidSize(worker: string, bytes: Uint8Array): number {
  let lines = 1;
  for (let at = bytes.indexOf(LINE_FEED); at !== -1; at = bytes.indexOf(LINE_FEED, at + 1)) lines += 1;
  return bytes.length + lines * (worker.length + 3);
}

/** The first line of a reason, where there is place for one. */
export function headline(reason: string): string {
  return oneLine(linesOf(reason)[0] ?? '');
}

function linesOf(text: string): string[] {
  return text.trimEnd().split(/\r?\n/);
}

/** Stack frames are indented already. */
function indented(line: string): string {
  return line.startsWith(INDENT) ? line : `${INDENT}${line}`;
}

function escapeOf(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  return code > 0xff ? `\\u{${code.toString(16)}}` : `\\x${code.toString(16).padStart(2, '0')}`;
}
