/**
 * Math.random, drawn anew in every request. The engine's own generator is part of the memory that is put
 * back, and would repeat itself; this one (sfc32 on 128 bits) takes its seed at its first use.
 */
import { entropy } from './host.js';

const state = new Uint32Array(4);
let seeded = false;

export function forgetSeed() {
  state.fill(0);
  seeded = false;
}

function nextUint32() {
  const [a, b, c, counter] = state;
  const result = (a + b + counter) >>> 0;
  state[0] = b ^ (b >>> 9);
  state[1] = c + (c << 3);
  state[2] = ((c << 21) | (c >>> 11)) + result;
  state[3] = counter + 1;
  return result;
}

function random() {
  if (!seeded) {
    for (let index = 0; index < state.length; index++) state[index] = entropy();
    seeded = true;
  }
  return ((nextUint32() >>> 6) * 0x8000000 + (nextUint32() >>> 5)) / 0x20000000000000;
}

Object.defineProperty(Math, 'random', { value: random, writable: true, configurable: true });
