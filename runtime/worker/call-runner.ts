import type { MessagePort } from 'node:worker_threads';
import { type Answer, packAnswers, transferOf } from './answer-batch.ts';
import { bounded } from './answer-headers.ts';
import { type Call, unpackCalls } from './call-batch.ts';
import { CallWords } from './call-words.ts';
import type { Guest, GuestRest, GuestResult, GuestSpec, NoteSource } from './guest.ts';
import { type CallSite, GuestCall } from './guest-call.ts';
import { guestLoader } from './guest-loader.ts';
import { loadProblem } from './load-problem.ts';
import type { FromThread, Stop, ThreadData, Told, ToThread } from './protocol.ts';
import type { SourceFile } from './source-file.ts';

/**
 * Answers travel together, since a message costs more than many a call; but none is held for long, and
 * none while a guest runs that has stalled a thread before.
 */
const MAX_HELD = 64;
const MAX_HOLD_NS = 500_000n;

/**
 * A guest thread at work: loads guests when first asked for and runs calls one after the other. A call that
 * waits for the host lets others run.
 */
export class CallRunner {
  readonly #port: MessagePort;
  readonly #words: CallWords;
  readonly #specs: readonly GuestSpec[];
  readonly #loader: string | undefined;
  readonly #guests = new Map<number, Guest | { readonly problem: string }>();
  /** Calls whose guest is not loaded, by guest; the keys are loaded in order, one at a time. */
  readonly #waiting = new Map<number, Call[]>();
  readonly #answerHeaders: number;
  #isLoading = false;
  /** Calls that have begun and will answer later, by slot. */
  readonly #pending = new Map<number, GuestCall>();
  /** In the order they came. */
  readonly #queued: Call[] = [];
  /** The call that goes on in microtasks, if one does. */
  #active: GuestCall | undefined;
  readonly #site: CallSite = {
    post: (ask) => this.#post(ask),
    enter: (call, work) => this.#enter(call, work),
  };

  constructor({ port, words, specs, loader, answerHeaders }: ThreadData) {
    this.#answerHeaders = answerHeaders;
    this.#port = port;
    this.#words = new CallWords(words);
    this.#specs = specs;
    this.#loader = loader;
    port.on('message', (message: ToThread) => {
      this.#rest();
      switch (message.type) {
        case 'calls':
          this.#run(unpackCalls(message.calls));
          break;
        case 'load':
          for (const guest of message.guests) this.#want(guest);
          break;
        case 'told':
          this.#resume(message, (call) => call.told(message));
          break;
        case 'stop':
          this.#resume(message, (call) => call.stop(message.reason));
          break;
      }
    });
    this.#post({ type: 'ready' });
  }

  #post(message: FromThread): void {
    this.#port.postMessage(message);
  }

  #want(guest: number): void {
    if (this.#guests.has(guest)) return;
    if (!this.#waiting.has(guest)) this.#waiting.set(guest, []);
    if (!this.#isLoading) void this.#loadWanted();
  }

  async #loadWanted(): Promise<void> {
    this.#isLoading = true;
    for (let guest = this.#nextWanted(); guest !== undefined; guest = this.#nextWanted()) {
      this.#words.loading = guest;
      // Told at once: a worker that never ends to load is mended in one of these files, maybe.
      const note = (source: SourceFile): void => this.#post({ type: 'source', source });
      const loaded = await load(this.#specs[guest], this.#loader, note);
      this.#words.loading = undefined;
      this.#guests.set(guest, loaded);
      const problem = 'problem' in loaded ? loaded.problem : undefined;
      this.#post({ type: 'loaded', guest, problem });
      const calls = this.#waiting.get(guest) ?? [];
      this.#waiting.delete(guest);
      this.#run(calls);
    }
    this.#isLoading = false;
  }

  /** Guests that a request waits for come first. */
  #nextWanted(): number | undefined {
    for (const [guest, calls] of this.#waiting) if (calls.length > 0) return guest;
    return this.#waiting.keys().next().value;
  }

  #run(calls: readonly Call[]): void {
    this.#queued.push(...calls);
    if (this.#active === undefined) this.#runQueued();
  }

  #runQueued(): void {
    let answers: Answer[] = [];
    let oldest = 0n;
    const flush = (): void => {
      if (answers.length > 0) this.#answer(answers);
      answers = [];
    };
    for (let call = this.#queued.shift(); call !== undefined; call = this.#queued.shift()) {
      const guest = this.#guests.get(call.guest);
      if (guest === undefined) {
        this.#want(call.guest);
        this.#waiting.get(call.guest)?.push(call);
        continue;
      }
      const isLate = answers.length > 0 && process.hrtime.bigint() - oldest > MAX_HOLD_NS;
      if (call.mayStall || isLate || answers.length >= MAX_HELD) flush();
      if (!this.#words.begin(call.slot, call.sequence)) continue;
      const began = process.hrtime.bigint();
      const host = new GuestCall(call.slot, call.sequence, this.#site);
      const result = handle(guest, call, host, this.#answerHeaders);
      if (result instanceof Promise) {
        this.#pending.set(call.slot, host);
        void this.#answerLater(host, began, result);
        this.#goesOn(host);
        break;
      }
      if (result.rest === undefined) this.#words.end(call.slot);
      else this.#keep(host);
      const ended = process.hrtime.bigint();
      if (answers.length === 0) oldest = ended;
      answers.push(answerOf(host, ended - began, result));
      if (result.rest !== undefined) void this.#endLater(host, result.rest);
    }
    flush();
  }

  /**
   * A call that goes on in microtasks, before anything else of this thread: also a guest whose stack was set aside
   * and that need not wait. It may spin there, so nobody else begins before it has come to rest.
   */
  #goesOn(call: GuestCall): void {
    this.#active = call;
    setImmediate(() => {
      this.#rest();
      this.#runQueued();
    });
  }

  /** The call that went on waits now, or is over. */
  #rest(): void {
    const call = this.#active;
    this.#active = undefined;
    if (call !== undefined && this.#pending.get(call.slot) === call) this.#wait(call);
  }

  /** A call that has begun and is not over. */
  #keep(call: GuestCall): void {
    this.#pending.set(call.slot, call);
    this.#wait(call);
  }

  #wait(call: GuestCall): void {
    this.#words.wait(call.slot, call.sequence);
    this.#tellThatItWaits(call);
  }

  async #answerLater(call: GuestCall, began: bigint, later: Promise<GuestResult>): Promise<void> {
    const result = await later;
    if (result.rest === undefined) this.#release(call);
    this.#answer([answerOf(call, process.hrtime.bigint() - began, result)]);
    if (result.rest !== undefined) await this.#endLater(call, result.rest);
  }

  async #endLater(call: GuestCall, later: Promise<GuestRest>): Promise<void> {
    const rest = await later;
    this.#release(call);
    const { slot, sequence } = call;
    this.#post({ type: 'over', slot, sequence, rest });
  }

  #release({ slot }: GuestCall): void {
    this.#pending.delete(slot);
    this.#words.end(slot);
  }

  #answer(answers: readonly Answer[]): void {
    const batch = packAnswers(answers);
    this.#port.postMessage({ type: 'answers', answers: batch } satisfies FromThread, transferOf(batch));
  }

  #resume({ slot, sequence }: Told | Stop, tell: (call: GuestCall) => void): void {
    const call = this.#pending.get(slot);
    if (call?.sequence !== sequence) return;
    this.#words.resume(slot, sequence);
    tell(call);
    this.#goesOn(call);
  }

  /** As `#resume`, for what is known in this thread. */
  #enter(call: GuestCall, work: () => void): void {
    const { slot, sequence } = call;
    this.#rest();
    if (this.#pending.get(slot) !== call) return;
    this.#words.resume(slot, sequence);
    work();
    this.#goesOn(call);
  }

  /** The main thread knows of a call's questions, but not that it waits for a timer. */
  #tellThatItWaits(call: GuestCall): void {
    if (call.isKnownToWait || call.isAsking) return;
    call.isKnownToWait = true;
    this.#post({ type: 'waits', slot: call.slot, sequence: call.sequence });
  }
}

function answerOf({ slot, sequence }: GuestCall, ran: bigint, result: GuestResult): Answer {
  return { slot, sequence, goesOn: result.rest !== undefined, ranMs: Number(ran) / 1e6, result };
}

async function load(
  spec: GuestSpec | undefined,
  loader: string | undefined,
  note: NoteSource,
): Promise<Guest | { readonly problem: string }> {
  if (spec === undefined) return { problem: 'there is no such guest' };
  try {
    return await (await guestLoader(spec.language, loader))(spec, note);
  } catch (error) {
    return { problem: loadProblem(spec.name, error) };
  }
}

function handle(
  guest: Guest | { readonly problem: string },
  call: Call,
  host: GuestCall,
  answerHeaders: number,
): GuestResult | Promise<GuestResult> {
  if ('problem' in guest) return { ok: false, reason: guest.problem, stderr: new Uint8Array() };
  try {
    const result = guest.handle(call.request, host);
    return result instanceof Promise
      ? result.then((later) => bounded(later, answerHeaders)).catch(failed)
      : bounded(result, answerHeaders);
  } catch (error) {
    return failed(error);
  }
}

function failed(error: unknown): GuestResult {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  return { ok: false, reason: String(error), stderr: Buffer.from(`${stack}\n`) };
}
