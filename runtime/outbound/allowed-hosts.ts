import type { HttpPolicy } from './http-policy.ts';

interface AllowedHost {
  /** As `URL` spells it. */
  readonly hostname: string;
  /** Undefined: all of them. */
  readonly port: string | undefined;
}

/** Each policy's hosts, spelt as `URL` spells them; a policy lives as long as its worker. */
const canonical = new WeakMap<HttpPolicy, readonly AllowedHost[]>();

/**
 * Whether a policy lists the URL's host. Names and address literals are compared in the one spelling that the URL
 * standard has for them: lower case, punycode, dotted decimals. A name with a dot at its end is another name.
 */
export function isListed(policy: HttpPolicy, url: URL): boolean {
  let hosts = canonical.get(policy);
  if (hosts === undefined) {
    hosts = policy.allowedHosts.flatMap((entry) => allowedHost(entry) ?? []);
    canonical.set(policy, hosts);
  }
  const port = url.port === '' ? (url.protocol === 'http:' ? '80' : '443') : url.port;
  return hosts.some((host) => host.hostname === url.hostname && (host.port ?? port) === port);
}

/** `host`, `host:port`, `[address]:port` or an address; undefined for anything else, which allows nothing. */
function allowedHost(entry: string): AllowedHost | undefined {
  const isBareV6 = /^[\da-f.]*:[\da-f:.]*:[\da-f:.]*$/i.test(entry);
  const [, host = '', port] = isBareV6
    ? ['', `[${entry}]`]
    : (/^([^/?#@\\]+?)(?::(\d+))?$/.exec(entry) ?? []);
  if (host === '' || !URL.canParse(`https://${host}/`)) return undefined;
  const { hostname, port: more } = new URL(`https://${host}/`);
  return more === '' ? { hostname, port } : undefined;
}
