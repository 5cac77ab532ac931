import { isIP } from 'node:net';
import type { EgressGroup } from '#runtime/operator.ts';
import { type AddressClass, classifyAddress } from './address.ts';
import type { Resolver } from './resolver.ts';

/** Where a connection to a host may go. */
export type Reach =
  | { readonly kind: 'addresses'; readonly addresses: readonly string[] }
  /** It leads nowhere but to addresses that are out of bounds. */
  | { readonly kind: 'refused'; readonly address: string; readonly addressClass: AddressClass }
  | { readonly kind: 'unknown'; readonly reason: string };

/**
 * Looks `hostname` up, once: connections are made to what comes out and to nothing else, so that a name which
 * leads elsewhere the next moment gains nothing. Private addresses are fine, since the name is listed; those of
 * the groups in `egress` are for the operator to allow.
 */
export async function reach(
  hostname: string,
  resolver: Resolver,
  egress: readonly EgressGroup[],
  signal: AbortSignal,
): Promise<Reach> {
  const literal = hostname.replace(/^\[|\]$/g, '');
  let found: readonly string[];
  try {
    found = isIP(literal) === 0 ? await untilAborted(resolver.resolve(hostname), signal) : [literal];
  } catch (error) {
    signal.throwIfAborted();
    return { kind: 'unknown', reason: error instanceof Error ? error.message : String(error) };
  }
  const addresses = found.filter((address) => isReachable(classifyAddress(address), egress));
  if (addresses.length > 0) return { kind: 'addresses', addresses };
  const [address] = found;
  if (address === undefined) return { kind: 'unknown', reason: 'the name has no address' };
  return { kind: 'refused', address, addressClass: classifyAddress(address) };
}

function isReachable(addressClass: AddressClass, egress: readonly EgressGroup[]): boolean {
  if (addressClass === 'public' || addressClass === 'private') return true;
  return addressClass !== 'invalid' && egress.includes(addressClass);
}

/** A lookup cannot be called off, but nobody needs to wait for it. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort);
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
