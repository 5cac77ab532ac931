import { createHash } from 'node:crypto';
import type { GuestMemory } from './memory-view.ts';
import type { Preview1 } from './preview1.ts';

const NANOSECONDS_PER_MILLISECOND = 1_000_000n;
const HASH_BYTES = 32;

/**
 * Clocks and randomness that are the same in every run, for what is kept of one: the same files then give the same
 * bytes. Nothing drawn from it is a secret.
 */
export function stillFunctions(memory: GuestMemory): Pick<Preview1, 'clock_time_get' | 'random_get'> {
  let calls = 0n;
  let drawn = 0;
  return {
    clock_time_get: (_clock, _precision, result) => {
      calls += 1n;
      memory.setU64(result, calls * NANOSECONDS_PER_MILLISECOND);
    },
    random_get: (buffer, length) => {
      const bytes = memory.bytes(buffer, length);
      for (let at = 0; at < bytes.length; at += HASH_BYTES) {
        const hash = createHash('sha256').update(String(drawn++)).digest();
        bytes.set(hash.subarray(0, Math.min(HASH_BYTES, bytes.length - at)), at);
      }
    },
  };
}
