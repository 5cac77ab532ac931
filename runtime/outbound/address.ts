import { isIPv4 } from 'node:net';

/** What an address is good for. `invalid` is text that is no address, and addresses nobody can be reached at. */
export type AddressClass = 'public' | 'private' | 'loopback' | 'link-local' | 'metadata' | 'invalid';

/** Addresses where clouds hand out credentials to whoever asks. */
const METADATA: ReadonlySet<string> = new Set([
  '169.254.169.254', // nearly all
  '169.254.170.2', // containers of AWS ECS
  '169.254.170.23', // pods of AWS EKS
  '100.100.100.200', // Alibaba
  '168.63.129.16', // Azure
  '192.0.0.192', // Oracle
]);

/** The same over IPv6, as groups: AWS EC2, AWS EKS, Google. */
const METADATA_V6: ReadonlySet<string> = new Set([
  'fd00:ec2:0:0:0:0:0:254',
  'fd00:ec2:0:0:0:0:0:23',
  'fd20:ce:0:0:0:0:0:254',
]);

/** IPv4 networks (RFC 6890), the first that matches counts. */
const NETWORKS: readonly (readonly [base: string, bits: number, kind: AddressClass])[] = [
  ['0.0.0.0', 8, 'invalid'],
  ['127.0.0.0', 8, 'loopback'],
  ['169.254.0.0', 16, 'link-local'],
  ['10.0.0.0', 8, 'private'],
  ['172.16.0.0', 12, 'private'],
  ['192.168.0.0', 16, 'private'],
  ['100.64.0.0', 10, 'private'],
  ['198.18.0.0', 15, 'private'],
  ['192.0.0.0', 24, 'invalid'],
  ['192.88.99.0', 24, 'invalid'],
  ['224.0.0.0', 3, 'invalid'],
];

/** Classifies an address as resolvers and `URL` spell it, IPv6 with or without brackets. */
export function classifyAddress(text: string): AddressClass {
  if (isIPv4(text)) return classOfV4(text);
  const groups = groupsOf(text);
  if (groups === undefined) return 'invalid';
  const embedded = embeddedV4(groups);
  return embedded === undefined ? classOfV6(groups) : classOfV4(embedded);
}

function classOfV4(text: string): AddressClass {
  if (METADATA.has(text)) return 'metadata';
  const number = numberOf(text);
  for (const [base, bits, kind] of NETWORKS) {
    const shift = 32 - bits;
    if (number >>> shift === numberOf(base) >>> shift) return kind;
  }
  return 'public';
}

function classOfV6(groups: readonly number[]): AddressClass {
  const text = groups.map((group) => group.toString(16)).join(':');
  if (text === '0:0:0:0:0:0:0:1') return 'loopback';
  if (METADATA_V6.has(text)) return 'metadata';
  const [first = 0] = groups;
  if (first >>> 6 === 0xfe80 >>> 6) return 'link-local';
  // fc00::/7, and fec0::/10 of old.
  if (first >>> 9 === 0xfc00 >>> 9 || first >>> 6 === 0xfec0 >>> 6) return 'private';
  // 2000::/3 is all that has been given out.
  return first >>> 13 === 1 ? 'public' : 'invalid';
}

/**
 * The IPv4 address that an IPv6 address leads to: mapped, compatible, translated (RFC 2765), NAT64 with the
 * well-known and the local prefix (RFC 6052, RFC 8215), 6to4, and Teredo, which holds the address inverted.
 */
function embeddedV4(groups: readonly number[]): string | undefined {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = groups;
  const hasPrefix = (...prefix: number[]): boolean => prefix.every((group, index) => groups[index] === group);
  const isAny = a + b + c + d + e + f + g === 0 && h <= 1;
  if (isAny) return h === 0 ? '0.0.0.0' : undefined;
  if (hasPrefix(0, 0, 0, 0, 0, 0xffff) || hasPrefix(0, 0, 0, 0, 0, 0)) return v4Of(g, h);
  if (hasPrefix(0, 0, 0, 0, 0xffff, 0)) return v4Of(g, h);
  if (hasPrefix(0x64, 0xff9b, 0, 0, 0, 0) || hasPrefix(0x64, 0xff9b, 1)) return v4Of(g, h);
  if (a === 0x2002) return v4Of(b, c);
  if (a === 0x2001 && b === 0) return v4Of(g ^ 0xffff, h ^ 0xffff);
  return undefined;
}

function v4Of(high: number, low: number): string {
  return [high >>> 8, high & 255, low >>> 8, low & 255].join('.');
}

function numberOf(v4: string): number {
  return v4.split('.').reduce((number, part) => number * 256 + Number(part), 0);
}

/** The eight groups of an IPv6 address; a zone is left out. Undefined for any other text. */
function groupsOf(text: string): readonly number[] | undefined {
  const bare = text.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  const url = `http://[${bare}]/`;
  if (!bare.includes(':') || !URL.canParse(url)) return undefined;
  // The standard's serialiser leaves hexadecimal groups and at most one run of zeroes to fill in.
  const [left = '', right] = new URL(url).hostname.slice(1, -1).split('::');
  const head = left === '' ? [] : left.split(':');
  const tail = right === undefined || right === '' ? [] : right.split(':');
  const zeroes = Array<string>(8 - head.length - tail.length).fill('0');
  return [...head, ...zeroes, ...tail].map((group) => Number.parseInt(group, 16));
}
