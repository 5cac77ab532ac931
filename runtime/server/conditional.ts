import type { IncomingHttpHeaders } from 'node:http';

/** What conditions are judged against (RFC 9110 section 8.8). */
export interface Representation {
  readonly size: number;
  /** Strong, with its quotes. */
  readonly etag: string;
  /** Whole seconds; undefined when the file's time means nothing. */
  readonly modified: number | undefined;
}

export type Verdict =
  | { readonly status: 200 }
  | { readonly status: 206; readonly start: number /** Inclusive. */; readonly end: number }
  | { readonly status: 304 }
  | { readonly status: 412 }
  | { readonly status: 416 };

/**
 * Which answer a GET or HEAD deserves: preconditions in the order of RFC 9110 section 13.2.2, then Range, which
 * only GET knows.
 */
export function judge(method: string, headers: IncomingHttpHeaders, file: Representation): Verdict {
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = headers;
  if (ifMatch !== undefined) {
    if (!listsTag(ifMatch, file.etag, 'strong')) return { status: 412 };
  } else if (isNewer(file.modified, headers['if-unmodified-since'])) return { status: 412 };
  if (ifNoneMatch !== undefined) {
    if (listsTag(ifNoneMatch, file.etag, 'weak')) return { status: 304 };
  } else if (isNewer(file.modified, headers['if-modified-since']) === false) return { status: 304 };
  const { range, 'if-range': ifRange } = headers;
  return method !== 'GET' || range === undefined || !rangeStillMeant(ifRange, file)
    ? { status: 200 }
    : judgeRange(range, file.size);
}

function listsTag(list: string, etag: string, comparison: 'strong' | 'weak'): boolean {
  if (list.trim() === '*') return true;
  return list.split(',').some((written) => {
    const tag = written.trim();
    return tag === etag || (comparison === 'weak' && tag === `W/${etag}`);
  });
}

/** Undefined when either time is missing or unreadable. */
function isNewer(modified: number | undefined, date: string | undefined): boolean | undefined {
  if (modified === undefined || date === undefined) return undefined;
  const since = Date.parse(date);
  return Number.isNaN(since) ? undefined : modified > Math.trunc(since / 1000);
}

function rangeStillMeant(ifRange: string | string[] | undefined, file: Representation): boolean {
  if (ifRange === undefined) return true;
  if (typeof ifRange !== 'string') return false;
  if (/^(W\/)?"/.test(ifRange)) return ifRange === file.etag;
  return file.modified !== undefined && Date.parse(ifRange) === file.modified * 1000;
}

/** One range is served; several, or something else, are answered with the whole (section 14.2). */
function judgeRange(range: string, size: number): Verdict {
  const [, first, last] = /^bytes=\s*(\d*)-(\d*)\s*$/i.exec(range) ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return { status: 200 };
  if (first === '') {
    const length = Math.min(Number(last), size);
    return length === 0 ? { status: 416 } : { status: 206, start: size - length, end: size - 1 };
  }
  const start = Number(first);
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (last !== '' && Number(last) < start) return { status: 200 };
  return start >= size ? { status: 416 } : { status: 206, start, end };
}
