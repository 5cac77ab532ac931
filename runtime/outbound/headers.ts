import type { OutboundRequest } from './message.ts';
import { ACCEPTED_CODINGS } from './read-body.ts';

export type HeaderList = OutboundRequest['headers'];

/** About the connection or its framing, which are ours, or, as `host`, given by the URL that was checked. */
const OURS: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** What another origin is not to be told after a redirect. */
const SECRET: ReadonlySet<string> = new Set(['authorization', 'cookie']);

/** About a body, which a redirect may take away (Fetch "request-body-header name"). */
const ABOUT_BODY: ReadonlySet<string> = new Set([
  'content-encoding',
  'content-language',
  'content-location',
  'content-type',
]);

/** What is sent for the headers a worker gave. */
export function requestHeaders({ headers, decode }: OutboundRequest, url: URL): HeaderList {
  const list = headers.filter(([name]) => !OURS.has(name.toLowerCase()));
  const add = (name: string, value: string): void => {
    if (!list.some(([given]) => given.toLowerCase() === name)) list.push([name, value]);
  };
  add('accept', '*/*');
  if (decode) add('accept-encoding', ACCEPTED_CODINGS);
  const { username, password } = url;
  if (username !== '' || password !== '') {
    const plain = `${percentDecoded(username)}:${percentDecoded(password)}`;
    add('authorization', `Basic ${Buffer.from(plain).toString('base64')}`);
  }
  return list;
}

/** A per cent sign that begins no escape stands for itself. */
function percentDecoded(text: string): string {
  return text.replace(/(?:%[\da-f]{2})+/gi, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString());
}

export function withoutSecrets(headers: HeaderList): HeaderList {
  return headers.filter(([name]) => !SECRET.has(name.toLowerCase()));
}

export function withoutBodyHeaders(headers: HeaderList): HeaderList {
  return headers.filter(([name]) => !ABOUT_BODY.has(name.toLowerCase()));
}

/** `raw` is a name and its value in turn. */
export function headerList(raw: readonly string[]): HeaderList {
  const list: [string, string][] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    list.push([(raw[index] ?? '').toLowerCase(), raw[index + 1] ?? '']);
  }
  return list;
}

/** The values of `name`, in lower case, joined; undefined when there is none. */
export function headerValue(headers: HeaderList, name: string): string | undefined {
  const values = headers.filter(([given]) => given === name).map(([, value]) => value);
  return values.length === 0 ? undefined : values.join(', ');
}
