import type { AnswerHeaders } from '#runtime/worker/guest.ts';
import type { HeaderLines } from './header-lines.ts';

/** Headers that belong to the connection or follow from the body: the server's business, not a worker's. */
const CONNECTION_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** A worker's headers as they are sent, which are the same for many of its answers. */
export interface OwnLines {
  readonly lines: Readonly<HeaderLines>;
  /** Where in `lines` the value of each name is. */
  readonly places: ReadonlyMap<string, number>;
}

let last: { readonly headers: AnswerHeaders; readonly own: OwnLines } | undefined;

/**
 * Text/html unless the worker says otherwise, then its own headers with `_` in names read as `-` (wws "Header
 * emission"). Made once for the object it was given last: a thread that answers the same again hands on the same
 * object (`AnswerReader`).
 */
export function ownLines(headers: AnswerHeaders): OwnLines {
  if (last?.headers !== headers) last = { headers, own: read(headers) };
  return last.own;
}

function read(headers: AnswerHeaders): OwnLines {
  const lines: HeaderLines = ['content-type', 'text/html'];
  const places = new Map([['content-type', 1]]);
  for (const [written, value] of Object.entries(headers)) {
    const name = nameOf(written);
    if (CONNECTION_HEADERS.has(name)) continue;
    const place = places.get(name) ?? lines.push(name, '') - 1;
    lines[place] = typeof value === 'string' ? latin1(value) : value.map(latin1);
    places.set(name, place);
  }
  return { lines, places };
}

export function nameOf(written: string): string {
  return written.toLowerCase().replaceAll('_', '-');
}

/** Node takes header values as latin1: UTF-8 bytes pass as they are. */
function latin1(value: string): string {
  return /^[\t\u0020-\u007e]*$/.test(value) ? value : Buffer.from(value, 'utf8').toString('latin1');
}
