import { availableParallelism } from 'node:os';
import { type Limits, limits } from '#runtime/settings.ts';
import type { ThreadEvent } from '#runtime/telemetry/telemetry.ts';
import { type WorkerLimits, workerLimits } from '#runtime/worker-limits.ts';
import { CallQueues } from './call-queues.ts';
import type { GuestRest, GuestSpec, WorkerRequest } from './guest.ts';
import { type Activity, GuestThread } from './guest-thread.ts';
import type { HostServices } from './host-calls.ts';
import type { GuestRunner, Outcome, Ticket } from './outcome.ts';
import { type CallOwner, PendingCall } from './pending-call.ts';
import type { SourceFile } from './source-file.ts';
import { type SpareThread, startThread } from './spare-thread.ts';

export interface PoolOptions {
  readonly specs: readonly GuestSpec[];
  readonly limits?: Limits;
  /** URL of a module that loads guests, in place of the languages built in. */
  readonly loader?: string;
  /** A thread that is up already, or soon. */
  readonly spare?: SpareThread;
  /** What guests may ask the main thread for. */
  readonly services?: HostServices;
  /** False: nobody looks at the time calls take. For measuring what that costs. */
  readonly watchdog?: boolean;
  /** Told of each thread's start, and of each end that was not planned, with the guest that it was busy with. */
  readonly onThread?: (what: ThreadEvent, guest: number | undefined) => void;
  /** Told once for each guest that cannot be loaded; the first line is the reason, further ones are details. */
  readonly onProblem?: (guest: number, problem: string) => void;
  /** Told what a guest did after its answer. */
  readonly onRest?: (guest: number, rest: GuestRest) => void;
}

export interface PoolLoad {
  readonly threads: number;
  /** Calls of each guest that wait or run. */
  readonly open: readonly number[];
  /** Calls that no thread has taken. */
  readonly waiting: number;
}

/** Calls a thread may hold before another thread is worth its start. */
const SPAWN_AT = 4;

/**
 * A thread takes calls as long as they would not wait for each other longer than this, in milliseconds: a message
 * to it costs as much as a short call, and many calls share one. Another thread is no help on a single core.
 */
const CLOSE_MS = availableParallelism() > 1 ? 1 : 10;

/**
 * Calls on a thread of one guest that waits for the host, unless it may have more outbound requests under way: each
 * that waits has an instance of its own, and so its memory.
 */
const MAX_WAITING = 32;

/** A call whose thread died this often is what kills threads. */
const MAX_DEATHS = 2;

/** Threads that die before they are ready, in a row, until the pool gives its calls up. */
const MAX_FALSE_STARTS = 3;

const STOPPING: Outcome = { kind: 'overloaded', reason: 'the server is stopping' };

/**
 * Runs guests on threads of their own, so that the thread that owns HTTP never waits for one.
 *
 * Threads are started when there is work for them. A call that runs over its time ends its thread with a
 * 504; the calls behind it had been moved to other threads long before (`stallMs`). No worker can occupy
 * the last thread with calls that stall: the others always have one. A call that waits for the host holds up
 * nobody, and when its time is over it alone is ended.
 */
export class WorkerPool implements GuestRunner {
  readonly #options: PoolOptions;
  readonly #limits: Limits;
  readonly #maxThreads: number;
  /** How often to look at the threads, in milliseconds. */
  readonly #period: number;
  readonly #threads = new Set<GuestThread>();
  /** Threads that were killed, on their way out. */
  readonly #ending = new Set<Promise<void>>();
  readonly #queues = new CallQueues();
  /** Calls of each guest that wait or run. */
  readonly #open: number[];
  readonly #owner: CallOwner = {
    ended: ({ guest }) => {
      this.#open[guest] = (this.#open[guest] ?? 1) - 1;
    },
    cancelled: (call) => this.#cancel(call),
  };
  /** Guests that no thread is to load again. */
  readonly #broken = new Map<number, string>();
  readonly #reported = new Set<number>();
  readonly #sources = new Map<string, SourceFile>();
  /** Guests that have stalled a thread. */
  readonly #slow = new Set<number>();
  #preloading: { left: Set<number>; done: () => void } | undefined;
  /** Set while somebody waits for guests that go on after their answers. */
  #finished: (() => void) | undefined;
  #isScheduled = false;
  #falseStarts = 0;
  #watch: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#limits = options.limits ?? limits();
    this.#maxThreads = Math.max(2, Math.min(availableParallelism(), this.#limits.threads));
    this.#open = options.specs.map(() => 0);
    const shortest = options.specs.reduce(
      (least, spec) => Math.min(least, spec.limits.time),
      this.#limits.stallMs,
    );
    this.#period = Math.max(5, shortest / 4);
  }

  /** Starts the first thread and loads `guests` there in this order; resolves when each is loaded or has failed. */
  async preload(guests: readonly number[]): Promise<void> {
    if (guests.length === 0) {
      this.#options.spare?.drop();
      return;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#preloading = { left: new Set(guests), done: resolve };
    this.#spawn().load(guests);
    await promise;
  }

  /** How many threads there are, and how many calls wait or run, by guest. */
  get load(): PoolLoad {
    return { threads: this.#threads.size, open: this.#open, waiting: this.#queues.size };
  }

  /** Files that workers were loaded from beside their own, by name, as they were when the first thread read them. */
  get sources(): ReadonlyMap<string, SourceFile> {
    return this.#sources;
  }

  run(guest: number, request: WorkerRequest, heard?: (outcome: Outcome) => void): Ticket {
    const open = this.#open[guest] ?? 0;
    this.#open[guest] = open + 1;
    const call = new PendingCall(this.#owner, guest, request, heard);
    const problem = this.#broken.get(guest);
    if (problem !== undefined) call.fail(problem);
    else if (this.#isClosed) call.settle(STOPPING);
    else if (open >= this.#limitsOf(guest).queue) {
      call.settle({
        kind: 'overloaded',
        reason: `${open} requests wait or run already`,
        limits: ['queue'],
      });
    } else {
      this.#queues.push(call);
      this.#schedule();
    }
    return call;
  }

  #limitsOf(guest: number): WorkerLimits {
    return this.#options.specs[guest]?.limits ?? workerLimits();
  }

  /** Waits for what guests do after their answers, in milliseconds at the longest. */
  async finish(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, Math.max(ms, 0));
    this.#finished = resolve;
    this.#heardRest();
    await promise;
    clearTimeout(timer);
  }

  #heardRest(): void {
    for (const thread of this.#threads) if (thread.goesOn) return;
    this.#finished?.();
  }

  /** Ends all threads, and resolves when they are gone. Calls that are still under way are lost. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#watch);
    this.#watch = undefined;
    for (const thread of this.#threads)
      for (const call of this.#kill(thread, STOPPING)) call.settle(STOPPING);
    this.#threads.clear();
    for (const call of this.#queues.clear()) call.settle(STOPPING);
    this.#preloading?.done();
    await Promise.all(this.#ending);
  }

  #kill(thread: GuestThread, running: Outcome): PendingCall[] {
    const back = thread.kill(running);
    const ending = thread.ended.finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
    return back;
  }

  #cancel(call: PendingCall): void {
    let isBack = this.#queues.remove(call);
    for (const thread of this.#threads) isBack ||= thread.cancel(call);
    if (isBack) call.settle({ kind: 'overloaded', reason: 'nobody waits for it' });
  }

  /** All calls of one loop turn go out together. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#dispatch();
    });
  }

  #dispatch(): void {
    if (this.#isClosed) return;
    this.#queues.serve((guest) => {
      const thread = this.#pick(guest);
      const call = thread && this.#queues.shift(guest);
      if (thread === undefined || call === undefined) return false;
      thread.add(call, this.#slow.has(guest));
      return true;
    });
    for (const thread of this.#threads) thread.flush();
    this.#keepWatch();
  }

  /** The least busy thread this guest may use, by preference one that knows it. */
  #pick(guest: number): GuestThread | undefined {
    let best: GuestThread | undefined;
    let bestCost = Number.POSITIVE_INFINITY;
    let stalled = 0;
    const mostWaiting = Math.max(MAX_WAITING, this.#limitsOf(guest).requests);
    for (const thread of this.#threads) {
      if (thread.stall?.guest === guest) stalled += 1;
      const isFree = thread.stall === undefined || isLoadOf(thread.stall, guest);
      if (!thread.hasRoom || !isFree || this.#mayAllWait(thread, guest) >= mostWaiting) continue;
      // The first that will do, so that calls stay together.
      if (bestCost < 0) continue;
      if (thread.isReady && thread.guests.has(guest) && thread.expectedWait < CLOSE_MS) {
        [best, bestCost] = [thread, -1];
        continue;
      }
      const cost =
        thread.active + (thread.guests.has(guest) ? 0 : SPAWN_AT / 2) + (thread.isReady ? 0 : SPAWN_AT);
      if (cost < bestCost) [best, bestCost] = [thread, cost];
    }
    const isLastForOthers = stalled >= this.#maxThreads - 1 && best?.stall === undefined;
    if (isLastForOthers) return undefined;
    const isCrowded =
      best === undefined || (best.isReady && best.active >= SPAWN_AT && best.expectedWait >= CLOSE_MS);
    if (isCrowded && this.#threads.size < this.#maxThreads && this.#allReady()) this.#spawn();
    return best;
  }

  /** How many calls of the guest may come to wait there at once: which will is known only once they do. */
  #mayAllWait(thread: GuestThread, guest: number): number {
    const asks = this.#options.specs[guest]?.http.allowedHosts.length !== 0 || thread.waitingOf(guest) > 0;
    return asks ? thread.heldOf(guest) : 0;
  }

  #allReady(): boolean {
    for (const thread of this.#threads) if (!thread.isReady) return false;
    return true;
  }

  #spawn(): GuestThread {
    const { specs, loader, spare, services } = this.#options;
    const { answerHeaders, heapBytes } = this.#limits;
    const worker = spare?.take(heapBytes) ?? startThread(heapBytes);
    const thread: GuestThread = new GuestThread(
      { worker, specs, loader, services, answerHeaders },
      {
        idle: () => {
          if (thread.isReady) this.#falseStarts = 0;
          if (this.#queues.size > 0) this.#schedule();
        },
        read: (source) => {
          if (!this.#sources.has(source.name)) this.#sources.set(source.name, source);
        },
        loaded: (guest, problem) => this.#loaded(guest, problem),
        rest: (guest, rest) => {
          this.#options.onRest?.(guest, rest);
          this.#heardRest();
        },
        died: (reason) => this.#died(thread, reason),
      },
    );
    this.#threads.add(thread);
    this.#options.onThread?.('started', undefined);
    this.#keepWatch();
    return thread;
  }

  #loaded(guest: number, problem: string | undefined): void {
    if (problem !== undefined && !this.#reported.has(guest)) {
      this.#reported.add(guest);
      this.#options.onProblem?.(guest, problem);
    }
    const preloading = this.#preloading;
    if (preloading === undefined) return;
    preloading.left.delete(guest);
    if (preloading.left.size > 0) return;
    preloading.done();
    this.#preloading = undefined;
  }

  #keepWatch(): void {
    if (this.#watch !== undefined || this.#options.watchdog === false) return;
    this.#watch = setInterval(() => this.#look(), this.#period);
    this.#watch.unref();
  }

  #look(): void {
    const now = performance.now();
    let isBusy = this.#queues.size > 0;
    for (const thread of this.#threads) {
      thread.expire(now, (guest) => this.#limitsOf(guest).time);
      const activity = thread.activity(now);
      isBusy ||= activity !== undefined || thread.inFlight > 0 || !thread.isReady;
      if (activity === undefined || activity.milliseconds < this.#limits.stallMs) thread.stall = undefined;
      else this.#stalled(thread, activity);
    }
    if (this.#queues.size > 0) this.#schedule();
    if (isBusy) return;
    clearInterval(this.#watch);
    this.#watch = undefined;
  }

  #stalled(thread: GuestThread, activity: Activity): void {
    thread.stall = activity;
    if (activity.kind === 'running') this.#slow.add(activity.guest);
    const { loadMs } = this.#limits;
    const { time } = this.#limitsOf(activity.guest);
    if (activity.kind === 'running' && activity.milliseconds >= time) {
      const reason = `it ran longer than ${time} ms and was stopped`;
      this.#replace(
        thread,
        this.#kill(thread, { kind: 'timeout', reason, ranMs: activity.milliseconds, limits: ['time'] }),
      );
      this.#options.onThread?.('timeout', activity.guest);
    } else if (activity.kind === 'loading' && activity.milliseconds >= loadMs) {
      this.#giveUp(activity.guest, `it took longer than ${loadMs} ms to load`);
      this.#replace(thread, this.#kill(thread, { kind: 'overloaded', reason: 'its thread was ended' }));
      this.#options.onThread?.('load-timeout', activity.guest);
    } else {
      this.#requeue(thread.withdraw({ except: activity.kind === 'loading' ? activity.guest : undefined }));
    }
  }

  #died(thread: GuestThread, reason: string): void {
    const activity = thread.activity(performance.now());
    if (activity?.kind === 'loading')
      this.#giveUp(activity.guest, `its thread died while loading it: ${reason}`);
    this.#options.onThread?.('died', activity?.guest);
    if (!thread.isReady) this.#falseStarts += 1;
    const back = this.#kill(thread, { kind: 'failed', reason, stderr: new Uint8Array() });
    for (const call of back) {
      call.deaths += 1;
      if (call.deaths > MAX_DEATHS) call.fail(reason);
    }
    this.#replace(thread, back);
    if (this.#falseStarts < MAX_FALSE_STARTS) return;
    this.#falseStarts = 0;
    for (const call of this.#queues.clear()) call.fail(`Cannot start a guest thread: ${reason}`);
    this.#preloading?.done();
  }

  /** Its calls, and what it was still to load, go elsewhere. */
  #replace(thread: GuestThread, back: readonly PendingCall[]): void {
    this.#threads.delete(thread);
    this.#requeue(back);
    const left = [...(this.#preloading?.left ?? [])];
    if (left.length > 0 && this.#falseStarts < MAX_FALSE_STARTS) this.#spawn().load(left);
  }

  #giveUp(guest: number, problem: string): void {
    this.#broken.set(guest, problem);
    for (const call of this.#queues.clear(guest)) call.fail(problem);
    this.#loaded(guest, problem);
  }

  /** Nothing that came back may be lost, so the queue's bound does not hold here. */
  #requeue(calls: readonly PendingCall[]): void {
    for (const call of calls.toReversed()) {
      const problem = this.#broken.get(call.guest);
      if (call.isSettled) continue;
      if (problem === undefined) this.#queues.unshift(call);
      else call.fail(problem);
    }
    if (this.#queues.size > 0) this.#schedule();
  }
}

function isLoadOf(activity: Activity, guest: number): boolean {
  return activity.kind === 'loading' && activity.guest === guest;
}
