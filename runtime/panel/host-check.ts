import { isIP } from 'node:net';

/**
 * Whether a `Host` header names this panel. A page of the web can have a name of its own resolve to our address
 * (DNS rebinding) and then counts as same origin; but it cannot make the browser send another name than its own.
 * So: addresses, `localhost`, and the name the operator gave.
 */
export function isOwnHost(header: string | undefined, name: string | undefined): boolean {
  const [, bracketed, plain] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::\d{1,5})?$/.exec(header ?? '') ?? [];
  if (bracketed !== undefined) return isIP(bracketed) === 6;
  if (plain === undefined) return false;
  const host = plain.toLowerCase();
  return isIP(host) === 4 || host === 'localhost' || host === name?.toLowerCase();
}
