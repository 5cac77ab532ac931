import { randomUUID } from 'node:crypto';
import { type Bounds, checkUsage } from './bounds.ts';
import { KvError } from './kv-error.ts';
import { type KvOperation, type KvReplies, type KvReply, listKeys } from './operation.ts';
import { RedisConnection, Refusal } from './redis-connection.ts';
import type { ScriptName } from './redis-scripts.ts';
import { type Change, type Snapshot, snapshotOf } from './snapshot.ts';
import type { Store, StorePatience, Turn } from './store.ts';
import { type RedisTarget, storeName } from './store-url.ts';

/** A turn that is not renewed for so long is over, in milliseconds: its holder may be gone. */
const LEASE_MS = 10_000;

/**
 * A store in Redis or Valkey, shared by all that name the same database and prefix. A namespace is a hash,
 * `PREFIX:data:NAMESPACE`; beside it are the bytes it takes, `PREFIX:size:…`, and who has the turn, `PREFIX:turn:…`.
 */
export class RedisStore implements Store {
  readonly name: string;
  readonly #prefix: string;
  readonly #connection: RedisConnection;
  readonly #leaseMs: number;

  constructor(target: RedisTarget, patience: StorePatience, leaseMs: number = LEASE_MS) {
    this.#leaseMs = leaseMs;
    this.name = storeName(target);
    this.#prefix = target.prefix;
    this.#connection = new RedisConnection(target, patience);
  }

  async read(namespace: string, bounds: Bounds): Promise<Snapshot> {
    return snapshotOf(pairs(await this.#run('read', namespace, limitWords(bounds), bounds)));
  }

  async write(namespace: string, change: Change, bounds: Bounds, turn?: Turn): Promise<void> {
    const set = change.type === 'replace' ? change.entries : change.set;
    const names = change.type === 'replace' ? change.keep : change.remove;
    const words = [
      ...limitWords(bounds),
      turn?.token ?? '',
      change.type === 'replace' ? '1' : '0',
      String(names.length),
      ...names,
      ...Object.entries(set).flat(),
    ];
    await this.#run('write', namespace, words, bounds);
    if (turn instanceof RedisTurn) turn.isOver = true;
  }

  async operate<O extends KvOperation>(
    namespace: string,
    operation: O,
    bounds: Bounds,
  ): Promise<KvReplies[O['type']]> {
    return (await this.#operate(namespace, operation, bounds)) as KvReplies[O['type']];
  }

  async #operate(namespace: string, operation: KvOperation, bounds: Bounds): Promise<KvReply> {
    const [data] = this.#keys(namespace);
    if (operation.type === 'list') {
      return listKeys((await this.#connection.command(['HKEYS', data])) as string[], operation);
    }
    const { type, key } = operation;
    if (type === 'get') return (await this.#connection.command(['HGET', data, key])) as string | null;
    const words = [...limitWords(bounds), type, key, ...operands(operation)];
    const reply = await this.#run('operate', namespace, words, bounds, key);
    if (type === 'put') return null;
    return type === 'increment' ? Number(reply) : reply === 1;
  }

  async takeTurn(namespace: string): Promise<Turn | undefined> {
    const token = randomUUID();
    const keys = this.#keys(namespace);
    const taken = await this.#connection.run('take', keys, [token, String(this.#leaseMs)]);
    return taken === null ? undefined : new RedisTurn(this.#connection, keys, token, this.#leaseMs);
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  #keys(namespace: string): readonly [string, string, string] {
    const key = (kind: string): string => `${this.#prefix}:${kind}:${namespace}`;
    return [key('data'), key('size'), key('turn')];
  }

  async #run(
    script: ScriptName,
    namespace: string,
    words: readonly string[],
    bounds: Bounds,
    key = '',
  ): Promise<unknown> {
    try {
      return await this.#connection.run(script, this.#keys(namespace), words);
    } catch (error) {
      throw error instanceof Refusal ? explain(error, namespace, bounds, key) : error;
    }
  }
}

class RedisTurn implements Turn {
  readonly token: string;
  /** Nothing more is to be said to the others. */
  isOver = false;
  readonly #connection: RedisConnection;
  readonly #keys: readonly string[];
  readonly #leaseMs: number;
  readonly #renewal: NodeJS.Timeout;

  constructor(connection: RedisConnection, keys: readonly string[], token: string, leaseMs: number) {
    this.token = token;
    this.#leaseMs = leaseMs;
    this.#connection = connection;
    this.#keys = keys;
    this.#renewal = setInterval(() => this.#renew(), leaseMs / 3).unref();
  }

  async release(): Promise<void> {
    clearInterval(this.#renewal);
    if (this.isOver) return;
    this.isOver = true;
    // Where this fails the turn ends with its lease.
    await this.#connection.run('release', this.#keys, [this.token]).catch(() => {});
  }

  /** Whether this has failed shows in the write, which is refused without the turn. */
  #renew(): void {
    void this.#connection.run('renew', this.#keys, [this.token, String(this.#leaseMs)]).catch(() => {});
  }
}

function limitWords({ keys, bytes }: Bounds): readonly string[] {
  return [String(keys), String(bytes)];
}

/** Texts that may be absent have a sign in front when they are there. */
function operands(operation: Exclude<KvOperation, { type: 'list' | 'get' }>): readonly string[] {
  switch (operation.type) {
    case 'put':
      return [operation.value];
    case 'increment':
      return [String(operation.by)];
    case 'compareAndSet':
      return [operation.expected, operation.value].map((text) => (text === null ? '' : `=${text}`));
    case 'delete':
      return [];
  }
}

function* pairs(flat: unknown): Generator<readonly [string, string]> {
  const texts = flat as readonly string[];
  for (let index = 0; index + 1 < texts.length; index += 2)
    yield [texts[index] ?? '', texts[index + 1] ?? ''];
}

function explain({ word, message }: Refusal, namespace: string, bounds: Bounds, key: string): Error {
  if (word === 'KVLOST') {
    return new KvError('lost', `its turn in K/V namespace "${namespace}" was over before it had ended`);
  }
  if (word === 'KVVALUE') {
    const reason = message === 'sum' ? 'the sum is too large' : 'its value is no whole number';
    return new KvError('value', `Cannot increment ${JSON.stringify(key)}: ${reason}`);
  }
  const [what, count] = message.split(' ');
  try {
    checkUsage(namespace, { keys: 0, bytes: 0, [what === 'keys' ? 'keys' : 'bytes']: Number(count) }, bounds);
  } catch (error) {
    return error as KvError;
  }
  return new KvError('limit', `K/V namespace "${namespace}" holds more than it may`);
}
