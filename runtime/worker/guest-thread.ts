import { MessageChannel, type MessagePort, receiveMessageOnPort, type Worker } from 'node:worker_threads';
import { SlotTable } from '#runtime/slot-table.ts';
import { createLedger, sealLedger } from '#runtime/wasi/ledger.ts';
import { pagemap } from '#runtime/wasi/pagemap.ts';
import { type Answer, AnswerReader } from './answer-batch.ts';
import { type Call, type CallPlace, packCalls } from './call-batch.ts';
import { CallWords, MAX_SEQUENCE, SLOTS } from './call-words.ts';
import type { GuestRest, GuestSpec } from './guest.ts';
import type { HostServices } from './host-calls.ts';
import { closeLeftOpen } from './left-open.ts';
import type { Outcome } from './outcome.ts';
import type { PendingCall } from './pending-call.ts';
import type { Ask, FromThread, ThreadData, ToThread } from './protocol.ts';
import { serveAsk } from './serve-ask.ts';
import type { SourceFile } from './source-file.ts';

export interface ThreadOptions {
  /** Fresh from `startThread`. */
  readonly worker: Worker;
  readonly specs: readonly GuestSpec[];
  readonly loader: string | undefined;
  /** Undefined: every question of a guest is answered with a problem. */
  readonly services: HostServices | undefined;
  /** See `ThreadData`. */
  readonly answerHeaders: number;
}

/** What a thread tells its pool. */
export interface ThreadEvents {
  /** Slots are free again. */
  idle(): void;
  /** A guest is loaded from this file beside its own. */
  read(source: SourceFile): void;
  loaded(guest: number, problem: string | undefined): void;
  /** A call went on after its answer, and is over. */
  rest(guest: number, rest: GuestRest): void;
  /** The thread is gone without having been asked. */
  died(reason: string): void;
}

/** What a thread has been busy with, since it was first seen at it. */
export interface Activity {
  readonly kind: 'running' | 'loading';
  readonly guest: number;
  readonly milliseconds: number;
}

interface Held {
  readonly sequence: number;
  readonly call: PendingCall;
  /** When it was first seen to have begun, in milliseconds. */
  begun: number | undefined;
  /** What it waits for: questions that are being answered, and timers in its thread as one more. */
  asks: number;
  /** Made when it first waits; aborts all questions. */
  over: AbortController | undefined;
  /** It has answered already. */
  goesOn: boolean;
  /** It has used up its time. */
  isStopped: boolean;
}

/** Calls a thread may hold that do not wait for the host. */
const MAX_ACTIVE = 256;

/** What a call takes as long as none has been seen, in milliseconds. */
const FIRST_GUESS_MS = 0.25;

/** How much of what a call takes on average is told by the last one. */
const NEWEST = 1 / 16;

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** The main thread's side of one guest thread: its slots, and an eye on what it does. */
export class GuestThread {
  /** Guests that are loaded here, or asked for. */
  readonly guests: Set<number> = new Set();
  isReady = false;
  /** Set while one call or load takes so long that nothing else should wait for it. */
  stall: Activity | undefined;
  readonly #events: ThreadEvents;
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #words = new CallWords();
  readonly #answers = new AnswerReader();
  readonly #ledger = createLedger();
  readonly #held = new SlotTable<Held>();
  readonly #services: HostServices | undefined;
  /** Calls that wait for the host. */
  #waiting = 0;
  /** The same by guest. */
  readonly #waitingOf = new Map<number, number>();
  /** All calls here, by guest. */
  readonly #heldOf = new Map<number, number>();
  #batch: Call[] = [];
  #sequence = 0;
  #seen = { what: '', since: 0 };
  #isStopped = false;
  /** What a call takes here on average, in milliseconds, those aside that wait for the host. */
  #meanMs = FIRST_GUESS_MS;
  readonly #ended = Promise.withResolvers<void>();

  constructor(options: ThreadOptions, events: ThreadEvents) {
    const { worker, specs, loader, services, answerHeaders } = options;
    this.#services = services;
    this.#events = events;
    const { port1, port2 } = new MessageChannel();
    const data: ThreadData = {
      port: port2,
      words: this.#words.memory,
      ledger: this.#ledger,
      pagemap: pagemap(),
      specs,
      loader,
      answerHeaders,
    };
    this.#port = port1;
    this.#worker = worker;
    this.#worker.postMessage(data, [port2]);
    this.#port.on('message', (message: FromThread) => this.#receive(message));
    this.#worker.on('error', (error) => this.#stop(error instanceof Error ? error.message : String(error)));
    this.#worker.on('exit', (code) => this.#stop(`thread ended with code ${code}`));
  }

  /** Settles when the thread that was killed is gone with all that it held. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Calls here that keep the thread busy, or will. */
  get active(): number {
    return this.#held.size - this.#waiting;
  }

  /** How long a call that came now would wait for the others, in milliseconds. */
  get expectedWait(): number {
    return this.active * this.#meanMs;
  }

  /** All calls here. */
  get inFlight(): number {
    return this.#held.size;
  }

  /** Whether a call goes on after its answer. */
  get goesOn(): boolean {
    for (const [, held] of this.#held) if (held.goesOn) return true;
    return false;
  }

  get hasRoom(): boolean {
    return this.active < MAX_ACTIVE && this.#held.size < SLOTS && !this.#isStopped;
  }

  /** Calls of this guest that wait for the host. */
  waitingOf(guest: number): number {
    return this.#waitingOf.get(guest) ?? 0;
  }

  /** Calls of this guest, waiting or not. */
  heldOf(guest: number): number {
    return this.#heldOf.get(guest) ?? 0;
  }

  #countWaiting({ call: { guest } }: Held, change: 1 | -1): void {
    this.#waiting += change;
    this.#waitingOf.set(guest, this.waitingOf(guest) + change);
  }

  load(guests: readonly number[]): void {
    for (const guest of guests) this.guests.add(guest);
    this.#post({ type: 'load', guests });
  }

  /** Takes a call into the batch that `flush` sends. Needs room. */
  add(call: PendingCall, mayStall: boolean): void {
    if (this.#held.size >= SLOTS) throw new Error('Cannot add call: the thread has no room');
    this.#sequence = this.#sequence === MAX_SEQUENCE ? 1 : this.#sequence + 1;
    const held = {
      sequence: this.#sequence,
      call,
      begun: undefined,
      asks: 0,
      over: undefined,
      goesOn: false,
      isStopped: false,
    };
    const slot = this.#held.add(held);
    this.#words.offer(slot, this.#sequence);
    const { guest, request } = call;
    this.#heldOf.set(guest, this.heldOf(guest) + 1);
    this.#batch.push({ slot, sequence: this.#sequence, guest, mayStall, request });
    this.guests.add(call.guest);
  }

  flush(): void {
    if (this.#batch.length === 0) return;
    this.#post({ type: 'calls', calls: packCalls(this.#batch) });
    this.#batch = [];
  }

  /**
   * Takes back what has not begun, of all guests but `except`, and forgets it here. So are safe requests whose
   * answer is held up behind the call that runs: asking for them again is allowed (RFC 9110 section 9.2.1).
   * When the thread `ends`, it is the same for those that wait for the host.
   */
  withdraw({ except, ends = false }: { except?: number | undefined; ends?: boolean } = {}): PendingCall[] {
    const back: PendingCall[] = [];
    for (const [slot, { sequence, call }] of this.#held) {
      if (call.guest === except) continue;
      const isUnheard = this.#words.isDone(slot) || (ends && this.#words.isWaiting(slot, sequence));
      const isRepeatable = SAFE_METHODS.has(call.request.method) && isUnheard && !call.isSettled;
      if (!isRepeatable && !this.#words.withdraw(slot, sequence)) continue;
      this.#release(slot);
      back.push(call);
    }
    return back;
  }

  /** Takes one call back; false when it is not here or has begun. */
  cancel(call: PendingCall): boolean {
    for (const [slot, held] of this.#held) {
      if (held.call !== call || !this.#words.withdraw(slot, held.sequence)) continue;
      this.#release(slot);
      return true;
    }
    return false;
  }

  /** What the thread does, as long as it has been seen at it. `now` in milliseconds. */
  activity(now: number): Activity | undefined {
    const { loading } = this.#words;
    const running = this.#running();
    if (running === undefined && loading === undefined) {
      this.#seen = { what: '', since: now };
      return undefined;
    }
    const what = running === undefined ? `load ${loading}` : `call ${running.sequence}`;
    if (this.#seen.what !== what) this.#seen = { what, since: now };
    const milliseconds = now - this.#seen.since;
    if (running !== undefined) return { kind: 'running', guest: running.call.guest, milliseconds };
    return { kind: 'loading', guest: loading ?? 0, milliseconds };
  }

  /**
   * Looks at what has begun: a call that has taken longer than `timeOf` its guest allows ends with a timeout, and
   * the host answers it no more. One that runs on all the same shows in `activity`. All in milliseconds.
   */
  expire(now: number, timeOf: (guest: number) => number): void {
    for (const [slot, held] of this.#held) {
      const { sequence, call } = held;
      const isWaiting = this.#words.isWaiting(slot, sequence);
      if (!isWaiting && !this.#words.isRunning(slot, sequence)) continue;
      held.begun ??= now;
      const time = timeOf(call.guest);
      if (!isWaiting || held.isStopped || now - held.begun < time) continue;
      held.isStopped = true;
      const reason = `it took longer than ${time} ms and was stopped`;
      call.settle({ kind: 'timeout', reason, ranMs: now - held.begun, limits: ['time'] });
      call.endBody(reason);
      held.over?.abort();
      this.#post({ type: 'stop', slot, sequence, reason });
    }
  }

  #running(): Held | undefined {
    for (const [slot, held] of this.#held) if (this.#words.isRunning(slot, held.sequence)) return held;
    return undefined;
  }

  /**
   * Ends the thread. The call that runs gets `running`; calls that have not begun come back. An answer that
   * was on its way is heard first.
   */
  kill(running: Outcome): PendingCall[] {
    for (let next = receiveMessageOnPort(this.#port); next; next = receiveMessageOnPort(this.#port)) {
      this.#receive(next.message as FromThread);
    }
    this.#isStopped = true;
    this.#port.close();
    this.#ended.resolve(this.#end());
    const back = this.withdraw({ ends: true });
    for (const [slot, { sequence, call, over, goesOn }] of this.#held) {
      over?.abort();
      const lost: Outcome = { kind: 'overloaded', reason: 'its thread was ended and the answer is lost' };
      const isRunning = this.#words.isRunning(slot, sequence);
      call.settle(isRunning ? running : lost);
      if (!goesOn) continue;
      const reason = isRunning && 'reason' in running ? running.reason : 'its thread was ended';
      call.endBody(reason);
      this.#events.rest(call.guest, stoppedRest(reason));
    }
    this.#held.clear();
    return back;
  }

  async #end(): Promise<void> {
    await sealLedger(this.#ledger);
    await this.#worker.terminate();
    await closeLeftOpen(this.#ledger);
  }

  #post(message: ToThread): void {
    this.#port.postMessage(message);
  }

  #receive(message: FromThread): void {
    if (message.type === 'answers') {
      for (const answer of this.#answers.unpack(message.answers)) this.#answer(answer);
      this.#events.idle();
    } else if (message.type === 'loaded') {
      this.#events.loaded(message.guest, message.problem);
    } else if (message.type === 'source') {
      this.#events.read(message.source);
    } else if (message.type === 'ask') {
      void this.#serve(message);
    } else if (message.type === 'waits') {
      const held = this.#find(message);
      if (held !== undefined) this.#beginToWait(held);
    } else if (message.type === 'over') {
      const held = this.#find(message);
      if (held === undefined) return;
      this.#release(message.slot);
      held.call.endBody('the worker ended before its answer');
      this.#events.rest(held.call.guest, message.rest);
    } else {
      this.isReady = true;
      this.#events.idle();
    }
  }

  #find({ slot, sequence }: CallPlace): Held | undefined {
    const held = this.#held.get(slot);
    return held?.sequence === sequence ? held : undefined;
  }

  #answer({ slot, sequence, goesOn, ranMs, result }: Answer): void {
    const held = this.#find({ slot, sequence });
    if (held === undefined) return;
    if (held.over === undefined) this.#meanMs += (ranMs - this.#meanMs) * NEWEST;
    held.goesOn = goesOn;
    if (!goesOn) this.#release(slot);
    const { stderr, limits } = result;
    const facts = limits === undefined ? { ranMs } : { ranMs, limits };
    held.call.settle(
      result.ok
        ? {
            kind: 'answered',
            response: result.response,
            stderr,
            ...facts,
            ...held.call.bodyOf(result.response),
          }
        : { kind: 'failed', reason: result.reason, stderr, ...facts },
    );
  }

  /** Lets the host's service answer, and tells the thread. */
  async #serve(ask: Ask): Promise<void> {
    const { slot, sequence, id } = ask;
    const held = this.#find(ask);
    if (held === undefined || held.isStopped) return;
    const { signal } = this.#beginToWait(held);
    const answer = await serveAsk(ask, held.call, this.#services, signal);
    // An answer for a call that is gone would find another in its slot.
    if (this.#held.get(slot) !== held) return;
    held.asks -= 1;
    if (held.asks === 0) this.#countWaiting(held, -1);
    if (!signal.aborted) this.#post({ type: 'told', slot, sequence, id, ...answer });
  }

  #beginToWait(held: Held): AbortController {
    held.over ??= new AbortController();
    held.asks += 1;
    if (held.asks === 1) this.#countWaiting(held, 1);
    return held.over;
  }

  #release(slot: number): void {
    const held = this.#held.get(slot);
    if (held === undefined) return;
    const { guest } = held.call;
    this.#heldOf.set(guest, this.heldOf(guest) - 1);
    if (held.asks > 0) this.#countWaiting(held, -1);
    held.over?.abort();
    this.#held.delete(slot);
  }

  #stop(reason: string): void {
    if (this.#isStopped) return;
    this.#events.died(reason);
  }
}

function stoppedRest(reason: string): GuestRest {
  return { stderr: Buffer.from(`Stopped after its answer: ${reason}\n`) };
}
