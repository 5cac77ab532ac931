/** The path and query a client asked for, decoded once for everything that looks at them. */
export interface Target {
  /** Host and port of the absolute form, which then count for more than the Host header. */
  readonly authority: string | undefined;
  /** Normalised and still percent-encoded: one `/` between segments, none at the end. */
  readonly path: string;
  /** With its `?`, or empty. */
  readonly query: string;
  /** Decoded, but for `%2F`, which would read as a separator. Empty for `/`. */
  readonly segments: readonly string[];
}

/** Most paths are so: nothing to decode, to leave out or to refuse. */
const PLAIN = /^(?:\/[^/?#%\0.][^/?#%\0]*)+$/;

/**
 * Reads a request target (RFC 9112 section 3.2) in origin or absolute form. Undefined for anything a path
 * must not hold: dot segments, NUL, or no path at all (`*`).
 */
export function parseTarget(raw: string): Target | undefined {
  const mark = raw.indexOf('?');
  const path = mark === -1 ? raw : raw.slice(0, mark);
  if (!PLAIN.test(path) || raw.includes('#')) return parseAny(raw);
  const query = mark === -1 ? '' : raw.slice(mark);
  return { authority: undefined, path, query, segments: path.slice(1).split('/') };
}

function parseAny(raw: string): Target | undefined {
  const absolute = raw.startsWith('/') ? undefined : parseAbsolute(raw);
  const target = raw.startsWith('/') ? raw : absolute?.path;
  if (target === undefined) return undefined;
  const end = target.search(/[?#]/);
  const written = end === -1 ? target : target.slice(0, end);
  const query = end === -1 ? '' : target.slice(end).replace(/#.*$/, '');
  const encoded = written.split('/').filter((segment) => segment !== '');
  const segments = written.includes('%') ? encoded.map(decodeSegment) : encoded;
  if (segments.some(isForbidden)) return undefined;
  return { authority: absolute?.authority, path: `/${encoded.join('/')}`, query, segments };
}

function parseAbsolute(raw: string): { authority: string; path: string } | undefined {
  const [, authority, rest] = /^https?:\/\/([^/?#]+)(.*)$/i.exec(raw) ?? [];
  if (authority === undefined || rest === undefined) return undefined;
  return { authority, path: rest.startsWith('/') ? rest : `/${rest}` };
}

function isForbidden(segment: string): boolean {
  return segment === '.' || segment === '..' || segment.includes('\0');
}

/** Percent-decodes once; what is no escape stays as it is, and bytes that are no UTF-8 are replaced. */
function decodeSegment(segment: string): string {
  if (!segment.includes('%')) return segment;
  return segment.replace(/(?:%[0-9a-f]{2})+/gi, (run) => {
    const text = Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8');
    return text.replaceAll('/', '%2F');
  });
}
