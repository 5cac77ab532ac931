import { isIPv6, type LookupFunction } from 'node:net';
import { Pool } from 'undici';

/** How long a connection is kept for the next request to the same place. */
const IDLE_MS = 4_000;

/** Headers of an answer. */
const HEADER_BYTES = 16 * 1024;

export interface ConnectionsOptions {
  /** Certificates of authorities to trust in place of Node's own, PEM. */
  readonly ca: string | undefined;
  /** Time to set a connection up, TLS and all. */
  readonly connectMs: number;
}

/** Where a connection goes: to a host by its name, but at these addresses only. */
export interface Destination {
  /** Connections are not shared across owners. */
  readonly owner: number;
  /** Scheme, host and port. */
  readonly origin: string;
  readonly addresses: readonly string[];
  /** Connections at once. */
  readonly most: number;
}

interface Kept {
  readonly pool: Pool;
  users: number;
  expiry: NodeJS.Timeout | undefined;
}

/**
 * Keeps connections that are done for a short while. One that was made to an address serves only requests whose
 * host has been found to be at that very address, so that nothing outlives the decision it was made under.
 */
export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #kept = new Map<string, Kept>();

  constructor(options: ConnectionsOptions) {
    this.#options = options;
  }

  /** Lends the pool for `destination` to `use`. */
  async with<T>(destination: Destination, use: (pool: Pool) => Promise<T>): Promise<T> {
    const { owner, origin, addresses } = destination;
    const key = [owner, origin, ...addresses].join(' ');
    let kept = this.#kept.get(key);
    if (kept === undefined) {
      kept = { pool: this.#open(destination), users: 0, expiry: undefined };
      this.#kept.set(key, kept);
    }
    clearTimeout(kept.expiry);
    kept.users += 1;
    try {
      return await use(kept.pool);
    } finally {
      kept.users -= 1;
      if (kept.users === 0) this.#expire(key, kept);
    }
  }

  /** Ends all connections, whatever they are doing. */
  async close(): Promise<void> {
    const all = [...this.#kept.values()];
    this.#kept.clear();
    for (const { expiry } of all) clearTimeout(expiry);
    await Promise.all(all.map(({ pool }) => pool.destroy()));
  }

  #expire(key: string, kept: Kept): void {
    if (this.#kept.get(key) !== kept) return;
    kept.expiry = setTimeout(() => {
      this.#kept.delete(key);
      void kept.pool.close();
    }, IDLE_MS);
    kept.expiry.unref();
  }

  #open({ origin, addresses, most }: Destination): Pool {
    return new Pool(origin, {
      connections: most,
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: IDLE_MS,
      keepAliveMaxTimeout: IDLE_MS,
      maxHeaderSize: HEADER_BYTES,
      // A request has the time its call has, and no other.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: {
        lookup: pinnedTo(addresses),
        timeout: this.#options.connectMs,
        ...(this.#options.ca === undefined ? {} : { ca: this.#options.ca }),
      },
    });
  }
}

/** Knows one answer to every question; address literals do not even ask. */
function pinnedTo(addresses: readonly string[]): LookupFunction {
  const all = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
  return (_name, options, callback) => {
    const [first] = all;
    if (options.all) callback(null, all);
    else callback(null, first?.address ?? '', first?.family);
  };
}
