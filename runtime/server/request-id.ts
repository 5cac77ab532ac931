/** Ids of this process; nobody has to be unable to guess them. */
const PREFIX = Math.random().toString(36).slice(2, 10).padEnd(8, '0');

/** Visible ASCII, so that it can stand in a log line and in a header. */
const WELL_FORMED = /^[\x21-\x7e]{1,128}$/;

let last = 0;

/** The id a proxy in front has given (`x-request-id`), when it is one; else a new one. */
export function requestId(inbound: string | string[] | undefined): string {
  if (typeof inbound === 'string' && WELL_FORMED.test(inbound)) return inbound;
  last += 1;
  return `${PREFIX}-${last.toString(36)}`;
}
