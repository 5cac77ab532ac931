import { expect } from 'vitest';
import type { DrivenGuest } from './driven-guest.ts';

export type Subscription =
  | { readonly clock: number; readonly timeout: bigint; readonly absolute?: boolean }
  | { readonly read: number }
  | { readonly write: number };

export interface Event {
  readonly userdata: bigint;
  readonly errno: number;
  readonly type: number;
  readonly bytes: bigint;
  readonly hangUp: number;
}

/** Stores the subscriptions, numbered by their userdata from 100 on, calls, and reads the events. */
export function poll(guest: DrivenGuest, ...list: readonly Subscription[]): Event[] {
  const subscriptions = guest.room(48 * list.length);
  guest.bytes(subscriptions, 48 * list.length).fill(0);
  list.forEach((subscription, i) => {
    const at = subscriptions + 48 * i;
    guest.view.setBigUint64(at, BigInt(100 + i), true);
    if ('clock' in subscription) {
      guest.view.setUint32(at + 16, subscription.clock, true);
      guest.view.setBigUint64(at + 24, subscription.timeout, true);
      guest.view.setUint16(at + 40, subscription.absolute === true ? 1 : 0, true);
    } else {
      guest.view.setUint8(at + 8, 'read' in subscription ? 1 : 2);
      guest.view.setUint32(at + 16, 'read' in subscription ? subscription.read : subscription.write, true);
    }
  });
  const events = guest.room(32 * list.length);
  const count = guest.room(4);
  expect(guest.call('poll_oneoff', subscriptions, events, list.length, count)).toBe('success');
  return Array.from({ length: guest.u32(count) }, (_, i) => {
    const at = events + 32 * i;
    return {
      userdata: guest.u64(at),
      errno: guest.view.getUint16(at + 8, true),
      type: guest.view.getUint8(at + 10),
      bytes: guest.u64(at + 16),
      hangUp: guest.view.getUint16(at + 24, true),
    };
  });
}

/** A hundred years, in nanoseconds. */
export const AGES = 3_153_600_000_000_000_000n;

/** An event with nothing to tell beside that it has happened. */
export const quiet: Pick<Event, 'errno' | 'bytes' | 'hangUp'> = { errno: 0, bytes: 0n, hangUp: 0 };
