import { isListed } from './allowed-hosts.ts';
import type { HttpPolicy } from './http-policy.ts';
import type { OutboundErrorCode, OutboundReply } from './message.ts';

export type Refusal = Extract<OutboundReply, { readonly ok: false }>;

/** RFC 9110 section 5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~\dA-Za-z]+$/;

/** Methods that turn a connection into something else, or show what should not be seen (Fetch "forbidden method"). */
const FORBIDDEN_METHODS: ReadonlySet<string> = new Set(['CONNECT', 'TRACE', 'TRACK']);

const MAXIMUM_URI = 65_534;

export function refusal(code: OutboundErrorCode, message: string): Refusal {
  return { ok: false, code, message };
}

/**
 * Checks a request by the text of its URI, in the order and the words of wws ("Outbound HTTP" 1 to 4). Undefined
 * when it may be sent as far as that goes: where the host leads to is not looked at.
 */
export function checkUri(policy: HttpPolicy, uri: string, method: string): Refusal | undefined {
  if (uri.length > MAXIMUM_URI) return refusal('invalid-request', 'uri too long');
  if (uri === '') return refusal('invalid-request', 'empty string');
  if (/[^\x21-\x7e]|["<>\\^`{|}]/.test(uri)) return refusal('invalid-request', 'invalid uri character');
  if (uri.startsWith('/') || uri === '*') return checkMethod(policy, method) ?? withoutBase();
  if (!/^[a-z][a-z\d+.-]*:\/\//i.test(uri)) return checkAuthority(policy, uri, method);
  if (!URL.canParse(uri)) return refusal('invalid-request', 'invalid authority');
  return checkUrl(policy, new URL(uri), method);
}

/** As `checkUri`, for a URL that is one. */
export function checkUrl(policy: HttpPolicy, url: URL, method: string): Refusal | undefined {
  const { hostname, protocol } = url;
  if (hostname !== '' && !isListed(policy, url)) return hostRefused(hostname);
  if (protocol === 'http:' && !policy.allowHttp) {
    return refusal(
      'not-allowed',
      'The URI must use HTTPS. You can allow http requests in the worker configuration',
    );
  }
  return checkMethod(policy, method) ?? checkScheme(url);
}

function hostRefused(host: string): Refusal {
  return refusal(
    'not-allowed',
    `The host '${host}' is not allowed for this worker. Please, update the worker configuration.`,
  );
}

function checkMethod({ allowedMethods }: HttpPolicy, method: string): Refusal | undefined {
  if (!TOKEN.test(method) || FORBIDDEN_METHODS.has(method.toUpperCase())) {
    return refusal('invalid-request', 'invalid HTTP method');
  }
  if (allowedMethods.includes(method)) return undefined;
  return refusal(
    'not-allowed',
    `The method '${method}' is not allowed for this worker. Please, update the configuration.`,
  );
}

function checkScheme({ protocol }: URL): Refusal | undefined {
  if (protocol === 'https:' || protocol === 'http:') return undefined;
  return refusal('invalid-request', `The scheme '${protocol.slice(0, -1)}' is neither https nor http`);
}

/** A URI may be nothing but an authority, which is of no use here. */
function checkAuthority(policy: HttpPolicy, uri: string, method: string): Refusal {
  const url = `https://${uri}/`;
  if (/[/?#]/.test(uri)) return refusal('invalid-request', 'invalid format');
  if (!URL.canParse(url)) return refusal('invalid-request', 'invalid authority');
  return checkUrl(policy, new URL(url), method) ?? withoutBase();
}

function withoutBase(): Refusal {
  return refusal('internal-error', 'builder error: relative URL without a base');
}
