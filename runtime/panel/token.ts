import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** Wrong tokens one address may try at once, and how fast it gets further tries. */
const BURST = 10;
const REFILL_MS = 1_000;

/** Addresses remembered; the one that failed longest ago goes first. */
const ADDRESSES = 256;

export type Verdict = 'accepted' | 'missing' | 'wrong' | 'too-many';

/** 256 bits, for when the operator gave none. */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/**
 * Lets in who knows the token (RFC 6750 section 2.1). Digests of equal length are compared, so that the time
 * tells nothing. Who has guessed too often is refused unheard, with the right token as well: otherwise guessing
 * would only cost patience.
 */
export class TokenGate {
  readonly #digest: Buffer;
  readonly #now: () => number;
  /** Tries left, and when they were counted, by address. */
  readonly #failed = new Map<string, { left: number; at: number }>();

  constructor(token: string, now: () => number = () => performance.now()) {
    this.#digest = digestOf(token);
    this.#now = now;
  }

  judge(authorization: string | undefined, address: string): Verdict {
    const [, token] = /^Bearer +(\S+) *$/i.exec(authorization ?? '') ?? [];
    if (token === undefined) return 'missing';
    const left = this.#triesLeft(address);
    if (left < 1) return 'too-many';
    if (timingSafeEqual(digestOf(token), this.#digest)) return 'accepted';
    this.#failed.delete(address);
    this.#failed.set(address, { left: left - 1, at: this.#now() });
    const oldest = this.#failed.keys().next().value;
    if (this.#failed.size > ADDRESSES && oldest !== undefined) this.#failed.delete(oldest);
    return 'wrong';
  }

  #triesLeft(address: string): number {
    const failed = this.#failed.get(address);
    if (failed === undefined) return BURST;
    return Math.min(BURST, failed.left + (this.#now() - failed.at) / REFILL_MS);
  }
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
