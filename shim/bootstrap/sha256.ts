/**
 * SHA-256 (FIPS 180-4) of a short text, as hex. Node's own comes with all of node:crypto, whose loading takes
 * a good part of the whole run of `start`.
 */
export function sha256(text: string): string {
  const message = padded(Buffer.from(text));
  const state = Uint32Array.from(INITIAL);
  const words = new Uint32Array(64);
  for (let block = 0; block < message.length; block += 64) {
    for (let t = 0; t < 16; t++) words[t] = message.readUInt32BE(block + 4 * t);
    for (let t = 16; t < 64; t++) {
      const [w2, w7, w15, w16] = [
        words[t - 2] ?? 0,
        words[t - 7] ?? 0,
        words[t - 15] ?? 0,
        words[t - 16] ?? 0,
      ];
      const s0 = rotate(w15, 7) ^ rotate(w15, 18) ^ (w15 >>> 3);
      const s1 = rotate(w2, 17) ^ rotate(w2, 19) ^ (w2 >>> 10);
      words[t] = w16 + s0 + w7 + s1;
    }
    compress(state, words);
  }
  return Array.from(state, (word) => word.toString(16).padStart(8, '0')).join('');
}

/** One 1 bit, zeros up to the last 64 bits of a block, the length in bits. */
function padded(message: Buffer): Buffer {
  const blocks = Math.ceil((message.length + 9) / 64);
  const result = Buffer.alloc(blocks * 64);
  message.copy(result);
  result[message.length] = 0x80;
  result.writeBigUInt64BE(BigInt(message.length) * 8n, result.length - 8);
  return result;
}

function compress(state: Uint32Array, words: Uint32Array): void {
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let t = 0; t < 64; t++) {
    const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const choice = (e & f) ^ (~e & g);
    const one = (h + s1 + choice + (ROUNDS[t] ?? 0) + (words[t] ?? 0)) | 0;
    const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const majority = (a & b) ^ (a & c) ^ (b & c);
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + s0 + majority) | 0];
  }
  for (const [at, word] of [a, b, c, d, e, f, g, h].entries()) state[at] = (state[at] ?? 0) + word;
}

function rotate(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by));
}

/** The first `count` primes: both tables of constants are the fractions of their roots. */
function primes(count: number): readonly number[] {
  const found: number[] = [];
  for (let n = 2; found.length < count; n++) if (found.every((prime) => n % prime !== 0)) found.push(n);
  return found;
}

/** The first 32 bits of the fraction of `value`. */
function fraction(value: number): number {
  return Math.floor((value - Math.floor(value)) * 2 ** 32);
}

const INITIAL: readonly number[] = primes(8).map((prime) => fraction(Math.sqrt(prime)));
const ROUNDS: readonly number[] = primes(64).map((prime) => fraction(Math.cbrt(prime)));
