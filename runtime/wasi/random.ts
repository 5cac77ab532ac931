import { randomFillSync } from 'node:crypto';
import type { GuestMemory } from './memory-view.ts';
import type { Preview1 } from './preview1.ts';

/** Filled at once; a guest that asks for all its memory stays stoppable between two pieces. */
const PIECE = 1 << 20;

export function randomFunctions(memory: GuestMemory): Pick<Preview1, 'random_get'> {
  return {
    random_get: (buffer, length) => {
      const bytes = memory.bytes(buffer, length);
      for (let at = 0; at < bytes.length; at += PIECE) randomFillSync(bytes.subarray(at, at + PIECE));
    },
  };
}
