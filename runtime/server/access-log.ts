import type { Exchange } from './exchange.ts';
import type { LogFormat } from './log.ts';

/** Address, request line, status, bytes, referrer, agent, seconds: the line wws wrote, or the same as JSON. */
export function accessLine(
  format: LogFormat,
  exchange: Exchange,
  bytes: number,
  milliseconds: number,
): string {
  const { id, request, response } = exchange;
  const { method = '', url = '', httpVersion, headers } = request;
  const address = (exchange.address ?? '-').replace(/^::ffff:/, '');
  const status = response.statusCode;
  if (format === 'json') {
    const { referer, 'user-agent': agent } = headers;
    const entry = {
      type: 'access',
      id,
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
  const line = `${method} ${url} HTTP/${httpVersion}`;
  const seconds = (milliseconds / 1000).toFixed(6);
  return `${address} "${quoted(line)}" ${status} ${bytes} "${quoted(headers.referer)}" "${quoted(headers['user-agent'])}" ${seconds}`;
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}

/** A client must not be able to forge a line or drive a terminal. */
function quoted(value: string | undefined): string {
  if (value === undefined) return '-';
  return visible(value).replaceAll('"', '\\"');
}

/** Control characters and what is no ASCII, as escapes. */
export function visible(text: string): string {
  return text.replace(
    /[^\x20-\x7e]/g,
    (char) => `\\x${(char.codePointAt(0) ?? 0).toString(16).padStart(2, '0')}`,
  );
}
