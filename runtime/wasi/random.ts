import { randomFillSync } from 'node:crypto';
import type { GuestMemory } from './memory-view.ts';
import type { Preview1 } from './preview1.ts';

/** Filled at once; a guest that asks for all its memory stays stoppable between two pieces. */
const PIECE = 1 << 20;

/** Seeds are small and asked for at the start of every request, and drawing costs the same for 16 bytes and 1024. */
const SMALL = 256;

/** Drawn ahead, each byte handed out once. */
const drawn = new Uint8Array(4096);
let next: number = drawn.length;

function fillSmall(bytes: Uint8Array): void {
  if (next + bytes.length > drawn.length) {
    randomFillSync(drawn);
    next = 0;
  }
  const taken = drawn.subarray(next, next + bytes.length);
  bytes.set(taken);
  // What was one guest's seed is nobody's to find here later.
  taken.fill(0);
  next += bytes.length;
}

export function randomFunctions(memory: GuestMemory): Pick<Preview1, 'random_get'> {
  return {
    random_get: (buffer, length) => {
      const bytes = memory.bytes(buffer, length);
      if (bytes.length <= SMALL) return fillSmall(bytes);
      for (let at = 0; at < bytes.length; at += PIECE) randomFillSync(bytes.subarray(at, at + PIECE));
    },
  };
}
