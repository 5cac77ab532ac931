import type { IncomingMessage } from 'node:http';
import type { Target } from '#runtime/router/target.ts';
import type { WorkerRequest } from '#runtime/worker/guest.ts';
import type { BodyParts } from './body.ts';
import type { Exchange } from './exchange.ts';

/** Makes the request a worker sees (wws "Request: one JSON object on stdin"). */
export function workerRequest(
  { request, id }: Exchange,
  target: Target,
  params: Readonly<Record<string, string>>,
  body: BodyParts,
): WorkerRequest {
  return {
    url: absoluteUrl(request, target),
    method: request.method ?? 'GET',
    headers: headersOf(request.rawHeaders, id),
    ...body,
    kv: {},
    params,
  };
}

/** Lower-case names; repeats are joined with ", " (cookies with "; ", RFC 6265 section 5.4). */
function headersOf(raw: readonly string[], id: string): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = (raw[index] ?? '').toLowerCase();
    const written = utf8(raw[index + 1] ?? '');
    const earlier = Object.hasOwn(headers, name) ? headers[name] : undefined;
    const value = earlier === undefined ? written : `${earlier}${name === 'cookie' ? '; ' : ', '}${written}`;
    if (name === '__proto__') Object.defineProperty(headers, name, { ...OWN, value });
    else headers[name] = value;
  }
  headers['x-request-id'] = id;
  return headers;
}

/** To an assignment this one name would be more than a name. */
const OWN = { configurable: true, enumerable: true, writable: true };

/** Node hands out header bytes as latin1; people mean UTF-8. Bytes that are none are replaced. */
function utf8(value: string): string {
  return /[\u0080-\u00ff]/.test(value) ? Buffer.from(value, 'latin1').toString('utf8') : value;
}

/**
 * Scheme and authority as the nearest proxy tells them (Forwarded, X-Forwarded-*), else http and the target's or Host;
 * the bare target when no authority can be made out.
 */
function absoluteUrl(request: IncomingMessage, target: Target): string {
  const { headers } = request;
  const { forwarded: written } = headers;
  const forwarded = written === undefined ? undefined : parseForwarded(written);
  const scheme = forwarded?.get('proto') ?? first(headers['x-forwarded-proto']) ?? 'http';
  const authority =
    forwarded?.get('host') ?? first(headers['x-forwarded-host']) ?? target.authority ?? headers.host;
  const path = `${target.path}${target.query}`;
  if (authority === undefined || !isAuthority(authority)) return path;
  return `${scheme.toLowerCase() === 'https' ? 'https' : 'http'}://${authority}${path}`;
}

function first(value: string | string[] | undefined): string | undefined {
  const text = Array.isArray(value) ? value[0] : value;
  return text?.split(',')[0]?.trim() || undefined;
}

/** The parameters of the first element (RFC 7239 section 4). */
function parseForwarded(value: string): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>();
  for (const pair of value.split(',')[0]?.split(';') ?? []) {
    const [, name, text] = /^\s*(\w+)\s*=\s*"?([^"]*?)"?\s*$/.exec(pair) ?? [];
    if (name !== undefined && text !== undefined && !pairs.has(name)) pairs.set(name.toLowerCase(), text);
  }
  return pairs;
}

/** Host and port without anything that would end the authority in a URL. */
function isAuthority(text: string): boolean {
  return /^[\w.~%!$&'()*+,;=:[\]-]+$/.test(text);
}
