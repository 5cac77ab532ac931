import { type HeaderList, withoutBodyHeaders, withoutSecrets } from './headers.ts';

/** A request on its way from hop to hop. */
export interface Hop {
  readonly url: URL;
  readonly method: string;
  readonly headers: HeaderList;
  readonly body: Uint8Array | undefined;
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Where an answer sends the client on to; undefined when it does not, or to nowhere. */
export function redirectTarget(status: number, location: string | undefined, from: URL): URL | undefined {
  if (!REDIRECTS.has(status) || location === undefined) return undefined;
  // Bytes beyond ASCII are UTF-8 in practice.
  const text = Buffer.from(location, 'latin1').toString();
  return URL.canParse(text, from.href) ? new URL(text, from.href) : undefined;
}

/** The next request (Fetch "HTTP-redirect fetch"): other origins are not told what was meant for this one. */
export function nextHop({ url, method, headers, body }: Hop, status: number, target: URL): Hop {
  const next = new URL(target.href);
  if (next.hash === '') next.hash = url.hash;
  next.username = '';
  next.password = '';
  const turnsToGet =
    status === 303 ? method !== 'GET' && method !== 'HEAD' : status < 303 && method === 'POST';
  const kept = next.origin === url.origin ? headers : withoutSecrets(headers);
  return turnsToGet
    ? { url: next, method: 'GET', headers: withoutBodyHeaders(kept), body: undefined }
    : { url: next, method, headers: kept, body };
}
