import { setTimeout as sleep } from 'node:timers/promises';
import type { Limits } from '#runtime/settings.ts';
import type { WorkerLimits } from '#runtime/worker-limits.ts';
import { type Bounds, checkEntry, checkKey } from './bounds.ts';
import { KvError } from './kv-error.ts';
import type { KvOperation, KvReply } from './operation.ts';
import type { Change, Snapshot } from './snapshot.ts';
import type { MaybeLater, Store, Turn } from './store.ts';
import { StoreHealth } from './store-health.ts';
import { Turns } from './turns.ts';

/** How long to wait before asking again for a turn that another process has, in milliseconds. */
const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 50;

/** A namespace as one worker uses it. */
export interface NamespaceUse {
  readonly namespace: string;
  readonly bounds: Bounds;
}

/** A turn in a namespace: within this process, and with the store's other users. */
export interface HeldTurn {
  readonly turn: Turn | undefined;
  release(): void;
}

/** The store of a project's workers, with turns, and with an eye on whether it answers. */
export class ProjectStore {
  readonly #store: Store;
  readonly #health: StoreHealth;
  readonly #turns = new Turns();
  readonly #keyBytes: number;

  constructor(store: Store, limits: Pick<Limits, 'kvKeyBytes'>, say: (line: string) => void) {
    this.#store = store;
    this.#health = new StoreHealth(store.name, say);
    this.#keyBytes = limits.kvKeyBytes;
  }

  /** For people: where it is, without a password. */
  get name(): string {
    return this.#store.name;
  }

  /** What a worker may do with its namespace. */
  use(namespace: string, { keys, store, value }: WorkerLimits): NamespaceUse {
    return {
      namespace,
      bounds: { keys, bytes: store, keyBytes: this.#keyBytes, valueBytes: value },
    };
  }

  read({ namespace, bounds }: NamespaceUse): MaybeLater<Snapshot> {
    return this.#watched(() => this.#store.read(namespace, bounds));
  }

  write({ namespace, bounds }: NamespaceUse, change: Change, turn?: Turn): MaybeLater<void> {
    const set = change.type === 'replace' ? change.entries : change.set;
    for (const [key, value] of Object.entries(set)) checkEntry(namespace, key, value, bounds);
    return this.#watched(() => this.#store.write(namespace, change, bounds, turn));
  }

  async operate({ namespace, bounds }: NamespaceUse, operation: KvOperation): Promise<KvReply> {
    if (operation.type !== 'list') checkKey(namespace, operation.key, bounds);
    if ('value' in operation && operation.value !== null)
      checkEntry(namespace, operation.key, operation.value, bounds);
    return await this.#watched<KvReply>(() => this.#store.operate(namespace, operation, bounds));
  }

  /** Undefined when the turn has not come within `ms` milliseconds, or nobody waits for it any more. */
  async takeTurn(
    { namespace }: NamespaceUse,
    ms: number,
    signal: AbortSignal,
  ): Promise<HeldTurn | undefined> {
    const until = performance.now() + ms;
    const leave = await this.#turns.take(namespace, ms, signal);
    if (leave === undefined) return undefined;
    if (this.#store.takeTurn === undefined) return { turn: undefined, release: leave };
    try {
      const turn = await this.#takeShared(namespace, until, signal);
      if (turn !== undefined) return { turn, release: () => void turn.release().then(leave) };
    } catch (error) {
      leave();
      throw error;
    }
    leave();
    return undefined;
  }

  async close(): Promise<void> {
    await this.#store.close();
  }

  /** Only one of this process asks at a time, and less and less often. */
  async #takeShared(namespace: string, until: number, signal: AbortSignal): Promise<Turn | undefined> {
    for (let pause = FIRST_PAUSE_MS; !signal.aborted; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      const turn = await this.#watched(async () => await this.#store.takeTurn?.(namespace));
      if (turn !== undefined) return turn;
      // Chance keeps two that wait from meeting again and again.
      const ms = pause * (0.5 + Math.random());
      if (performance.now() + ms >= until) break;
      await sleep(ms);
    }
    return undefined;
  }

  /** Does not make a step wait that is answered at once. */
  #watched<T>(step: () => MaybeLater<T>): MaybeLater<T> {
    try {
      const result = step();
      return result instanceof Promise ? this.#later(result) : result;
    } catch (error) {
      throw this.#heard(error);
    }
  }

  async #later<T>(step: Promise<T>): Promise<T> {
    try {
      const result = await step;
      this.#health.worked();
      return result;
    } catch (error) {
      throw this.#heard(error);
    }
  }

  #heard(error: unknown): KvError {
    const known =
      error instanceof KvError ? error : new KvError('unavailable', String(error), { cause: error });
    if (known.code === 'unavailable') this.#health.failed(known.message);
    else this.#health.worked();
    return known;
  }
}
