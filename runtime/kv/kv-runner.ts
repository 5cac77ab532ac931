import type { GuestSpec, WorkerRequest, WorkerResponse } from '#runtime/worker/guest.ts';
import type { GuestRunner, Outcome, Ticket } from '#runtime/worker/outcome.ts';
import { KvError } from './kv-error.ts';
import type { KvOperation, KvReply } from './operation.ts';
import type { HeldTurn, NamespaceUse, ProjectStore } from './project-store.ts';
import { type Change, difference, replacement, type Snapshot, wellFormed } from './snapshot.ts';
import type { MaybeLater } from './store.ts';

/** A step of a worker in its namespace; for whoever counts. */
export interface KvStepReport {
  readonly worker: string;
  readonly operation: 'read' | 'write';
  readonly ok: boolean;
  readonly milliseconds: number;
}

export interface KvRunnerOptions {
  readonly runner: GuestRunner;
  readonly specs: readonly GuestSpec[];
  readonly store: ProjectStore;
  /** Undefined: nobody counts. */
  readonly report: (() => ((step: KvStepReport) => void) | undefined) | undefined;
}

interface KvGuest extends NamespaceUse {
  readonly guest: number;
  readonly name: string;
  readonly serial: boolean;
  /** Milliseconds it waits for its turn. */
  readonly turnMs: number;
  /** Requests it may have waiting for a turn. */
  readonly queue: number;
  waiting: number;
}

const GONE: Outcome = { kind: 'overloaded', reason: 'nobody waits for it' };

/**
 * Gives requests their copy of a namespace and stores what comes back with the answer (wws "K/V"). A request that
 * fails leaves the store alone, and so does one that changed nothing.
 *
 * - `snapshot`: what comes back replaces the namespace, whoever wrote meanwhile
 * - `serial`: one request at a time, and of what comes back only what differs is stored, so that atomic operations
 *   of others survive as well
 */
export class KvRunner implements GuestRunner {
  readonly #runner: GuestRunner;
  readonly #store: ProjectStore;
  readonly #report: KvRunnerOptions['report'];
  /** By guest; undefined for those without a store. */
  readonly #guests: readonly (KvGuest | undefined)[];

  constructor({ runner, specs, store, report }: KvRunnerOptions) {
    this.#runner = runner;
    this.#store = store;
    this.#report = report;
    this.#guests = specs.map(({ kv, limits, name }, guest) => {
      if (kv === undefined) return undefined;
      const { time: turnMs, queue } = limits;
      const serial = kv.consistency === 'serial';
      return { ...store.use(kv.namespace, limits), guest, name, serial, turnMs, queue, waiting: 0 };
    });
  }

  run(guest: number, request: WorkerRequest, heard?: (outcome: Outcome) => void): Ticket {
    const user = this.#guests[guest];
    if (user === undefined) return this.#runner.run(guest, request, heard);
    const over = new AbortController();
    const answer = user.serial ? this.#inTurn(user, request, over) : this.#answer(user, request, over);
    const outcome = answer.catch(outcomeOf);
    if (heard !== undefined) void outcome.then(heard);
    return { outcome, cancel: () => over.abort() };
  }

  /** An atomic operation that a worker asks for. */
  async operate(guest: number, operation: KvOperation): Promise<KvReply> {
    const user = this.#guests[guest];
    if (user === undefined) throw new Error('The worker has no K/V namespace: write one into [data.kv]');
    const isRead = operation.type === 'get' || operation.type === 'list';
    try {
      return await this.#counted(user, isRead ? 'read' : 'write', () => this.#store.operate(user, operation));
    } catch (error) {
      // Where the store is is no business of a guest.
      if (error instanceof KvError && error.code === 'unavailable')
        throw new Error('The K/V store is not available', { cause: error });
      throw error;
    }
  }

  async #inTurn(user: KvGuest, request: WorkerRequest, over: AbortController): Promise<Outcome> {
    if (user.waiting >= user.queue) {
      return {
        kind: 'overloaded',
        reason: `${user.waiting} requests wait for K/V namespace "${user.namespace}"`,
      };
    }
    user.waiting += 1;
    let held: HeldTurn | undefined;
    try {
      held = await this.#store.takeTurn(user, user.turnMs, over.signal);
    } finally {
      user.waiting -= 1;
    }
    if (held === undefined) {
      if (over.signal.aborted) return GONE;
      const reason = `K/V namespace "${user.namespace}" was in use for more than ${user.turnMs} ms`;
      return { kind: 'overloaded', reason };
    }
    try {
      return await this.#answer(user, request, over, held);
    } finally {
      held.release();
    }
  }

  /** Begins to run the worker at once where the store answers at once. */
  async #answer(
    user: KvGuest,
    request: WorkerRequest,
    { signal }: AbortController,
    held?: HeldTurn,
  ): Promise<Outcome> {
    const reading = this.#counted(user, 'read', () => this.#store.read(user));
    const before = reading instanceof Promise ? await reading : reading;
    if (signal.aborted) return GONE;
    const ticket = this.#runner.run(user.guest, { ...request, kv: before });
    signal.addEventListener('abort', () => ticket.cancel(), { once: true });
    const outcome = await ticket.outcome;
    if (outcome.kind !== 'answered') return outcome;
    const change = changeOf(before, outcome.response, held);
    if (change === undefined) return outcome;
    try {
      const writing = this.#counted(user, 'write', () => this.#store.write(user, change, held?.turn));
      if (writing instanceof Promise) await writing;
      return outcome;
    } catch (error) {
      const { kind, rest, ...facts } = outcome;
      rest?.cancel();
      return { ...facts, ...outcomeOf(error, outcome.stderr) };
    }
  }

  #counted<T>(user: KvGuest, operation: KvStepReport['operation'], step: () => MaybeLater<T>): MaybeLater<T> {
    const report = this.#report?.();
    if (report === undefined) return step();
    const began = performance.now();
    const done = (ok: boolean): void =>
      report({ worker: user.name, operation, ok, milliseconds: performance.now() - began });
    try {
      const result = step();
      if (result instanceof Promise) {
        result.then(
          () => done(true),
          () => done(false),
        );
      } else done(true);
      return result;
    } catch (error) {
      done(false);
      throw error;
    }
  }
}

function changeOf(
  before: Snapshot,
  { kv, kvKept = [] }: WorkerResponse,
  held: HeldTurn | undefined,
): Change | undefined {
  if (kv === undefined) return undefined;
  const entries = wellFormed(kv);
  const merge = difference(before, entries, kvKept);
  return merge === undefined || held !== undefined ? merge : replacement(entries, kvKept);
}

function outcomeOf(error: unknown, stderr: Uint8Array = new Uint8Array()): Outcome {
  if (!(error instanceof KvError)) throw error;
  switch (error.code) {
    case 'limit':
    case 'value':
      return { kind: 'failed', reason: error.message, stderr };
    case 'lost':
      return { kind: 'overloaded', reason: error.message };
    case 'unavailable':
      return { kind: 'unavailable', reason: error.message, stderr };
  }
}
