import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createClient } from '@redis/client';
import { KvError } from './kv-error.ts';
import { SCRIPTS, type ScriptName } from './redis-scripts.ts';
import type { StorePatience } from './store.ts';
import type { RedisTarget } from './store-url.ts';

/** The longest wait between two attempts to connect, in milliseconds. */
const MAX_BACK_OFF_MS = 2_000;

/** A connection that has been silent for so long, questions included, is given up; in milliseconds. */
const SILENCE_MS = 10_000;

type Client = ReturnType<typeof makeClient>;

/**
 * A connection to Redis that comes back by itself. While it is gone commands fail at once; none waits for it, and
 * none longer than its time.
 */
export class RedisConnection {
  readonly #patience: StorePatience;
  readonly #client: Promise<Client>;
  /** Settles with the first connection or the first failure. */
  readonly #begun = Promise.withResolvers<void>();
  #problem: string | undefined;
  /** Commands that have no reply, those that nobody waits for any more included. */
  #open = 0;
  #isClosed = false;

  constructor(target: RedisTarget, patience: StorePatience) {
    this.#patience = patience;
    this.#client = this.#connect(target);
    this.#client.catch(() => {});
  }

  /** Runs a script. Rejects with KvError, or with what the script refused as `Refusal`. */
  async run(name: ScriptName, keys: readonly string[], args: readonly string[]): Promise<unknown> {
    const source = SCRIPTS[name];
    const rest = [String(keys.length), ...keys, ...args];
    try {
      return await this.#within(['EVALSHA', digestOf(name), ...rest]);
    } catch (error) {
      if (!(error instanceof Refusal && error.word === 'NOSCRIPT')) throw asUnavailable(error);
    }
    return await this.#within(['EVAL', source, ...rest]).catch((error: unknown) => {
      throw asUnavailable(error);
    });
  }

  async command(words: readonly string[]): Promise<unknown> {
    return await this.#within(words).catch((error: unknown) => {
      throw asUnavailable(error);
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#begun.resolve();
    (await this.#client.catch(() => undefined))?.destroy();
  }

  async #connect(target: RedisTarget): Promise<Client> {
    try {
      const ca = target.ca === undefined ? undefined : await readFile(target.ca, 'utf8');
      const client = makeClient(target, ca);
      client.on('error', (error: unknown) => {
        this.#problem = reasonOf(error);
        this.#begun.resolve();
      });
      client.on('ready', () => {
        this.#problem = undefined;
        this.#begun.resolve();
      });
      // It goes on trying; what it rejects with was said as an error.
      if (!this.#isClosed) void client.connect().catch(() => {});
      return client;
    } catch (error) {
      this.#problem = reasonOf(error);
      this.#begun.resolve();
      throw error;
    }
  }

  /** Bounded in time and in number. */
  async #within(words: readonly string[]): Promise<unknown> {
    const { stepMs, steps } = this.#patience;
    if (this.#open >= steps) throw new KvError('unavailable', `${steps} steps are under way already`);
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => reject(new KvError('unavailable', this.#problem ?? `it took longer than ${stepMs} ms`)),
      stepMs,
    );
    try {
      return await Promise.race([this.#send(words), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #send(words: readonly string[]): Promise<unknown> {
    this.#open += 1;
    try {
      await this.#begun.promise;
      const client = await this.#client;
      if (!client.isReady) throw new Error(this.#problem ?? 'it is not connected');
      return await client.sendCommand([...words]);
    } catch (error) {
      const [, word] = /^(KV[A-Z]+|NOSCRIPT)\b/.exec((error as Error).message) ?? [];
      if (word !== undefined) throw new Refusal(word, (error as Error).message.slice(word.length + 1));
      throw new KvError('unavailable', this.#problem ?? reasonOf(error), { cause: error });
    } finally {
      this.#open -= 1;
    }
  }
}

/** An error that is a script's answer. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly word: string;

  constructor(word: string, message: string) {
    super(message);
    this.word = word;
  }
}

function asUnavailable(error: unknown): unknown {
  if (error instanceof KvError || (error instanceof Refusal && error.word !== 'NOSCRIPT')) return error;
  return new KvError('unavailable', reasonOf(error), { cause: error });
}

const digests = new Map<ScriptName, string>();

function digestOf(name: ScriptName): string {
  let digest = digests.get(name);
  if (digest === undefined) {
    digest = createHash('sha1').update(SCRIPTS[name]).digest('hex');
    digests.set(name, digest);
  }
  return digest;
}

function makeClient({ host, port, database, username, password, tls }: RedisTarget, ca: string | undefined) {
  const common = {
    host,
    port,
    connectTimeout: 5_000,
    socketTimeout: SILENCE_MS,
    reconnectStrategy: (retries: number): number =>
      Math.min(50 * 2 ** Math.min(retries, 10), MAX_BACK_OFF_MS) + Math.floor(Math.random() * 50),
  };
  return createClient({
    socket: tls ? { ...common, tls, ...(ca === undefined ? {} : { ca }) } : common,
    database,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    RESP: 2,
    disableOfflineQueue: true,
    disableClientInfo: true,
    maintNotifications: 'disabled',
    pingInterval: SILENCE_MS / 3,
  });
}

/** Of several addresses that were tried, the first says it; a connection error may have a code only. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  const { message, code } = error as Error & { code?: string };
  return message || code || String(error);
}
