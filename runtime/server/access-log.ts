import type { Exchange } from './exchange.ts';
import type { LogStyle } from './log.ts';

/**
 * Address, request line, status, bytes, referrer, agent, seconds: the line wws wrote, or the same as JSON. On a
 * terminal it is method, status, time and target, in columns.
 */
export function accessLine(style: LogStyle, exchange: Exchange, milliseconds: number): string {
  const { id, request, response, bytes } = exchange;
  const { method = '', url = '', httpVersion, headers } = request;
  const address = shownAddress(exchange.address);
  const status = response.statusCode;
  if (style === 'json') {
    const { referer, 'user-agent': agent } = headers;
    const entry = {
      type: 'access',
      id,
      worker: exchange.worker?.name,
      address,
      method,
      target: url,
      status,
      bytes,
      ms: round(milliseconds),
      referer,
      agent,
    };
    return JSON.stringify(entry);
  }
  if (style !== 'text') return columns(style, method, status, milliseconds, url);
  const line = `${method} ${url} HTTP/${httpVersion}`;
  const seconds = (milliseconds / 1000).toFixed(6);
  return `${address} "${quoted(line)}" ${status} ${bytes} "${quoted(headers.referer)}" "${quoted(headers['user-agent'])}" ${seconds}`;
}

/** A request that was refused before anybody looked at it. */
export interface Refused {
  readonly address: string | undefined;
  readonly status: number;
  /** What is wrong with it. */
  readonly reason: string;
  /** Undefined where no request could be made out. */
  readonly request: { readonly method?: string | undefined; readonly url?: string | undefined } | undefined;
}

/** As `accessLine`, with a dash for what is not known. */
export function refusedLine(style: LogStyle, { address, status, reason, request }: Refused): string {
  const { method, url } = request ?? {};
  if (style === 'json') {
    const shown = shownAddress(address);
    return JSON.stringify({ type: 'access', address: shown, method, target: url, status, bytes: 0, reason });
  }
  if (style !== 'text') return columns(style, method ?? '-', status, 0, url ?? `(${reason})`);
  const line = request === undefined ? '-' : quoted(`${method} ${url} HTTP/1.1`);
  return `${shownAddress(address)} "${line}" ${status} 0 "-" "-" 0.000000`;
}

/** IPv4, as a socket for both shows it. */
const MAPPED = '::ffff:';

function shownAddress(address = '-'): string {
  return address.startsWith(MAPPED) ? address.slice(MAPPED.length) : address;
}

function columns(style: LogStyle, method: string, status: number, milliseconds: number, url: string): string {
  const shown = style === 'colour' ? `${colourOf(status)}${status}${PLAIN}` : status;
  const time = `${milliseconds.toFixed(1)} ms`.padStart(10);
  return `${visible(method).padEnd(6)} ${shown} ${time}  ${visible(url)}`;
}

const PLAIN = '\x1b[39m';

/** Green, cyan, yellow, red, by the hundreds of a status. */
function colourOf(status: number): string {
  if (status >= 500) return '\x1b[31m';
  if (status >= 400) return '\x1b[33m';
  return status >= 300 ? '\x1b[36m' : '\x1b[32m';
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}

/** What stays as it is. */
const QUOTABLE = /^[\x20\x21\x23-\x7e]*$/;

/** A client must not be able to forge a line or drive a terminal. */
function quoted(value: string | undefined): string {
  if (value === undefined) return '-';
  if (QUOTABLE.test(value)) return value;
  return visible(value).replaceAll('"', '\\"');
}

/** Control characters and what is no ASCII, as escapes. */
export function visible(text: string): string {
  return text.replace(
    /[^\x20-\x7e]/g,
    (char) => `\\x${(char.codePointAt(0) ?? 0).toString(16).padStart(2, '0')}`,
  );
}
