import type { CallStopped, HostCalls } from '#runtime/worker/host-calls.ts';
import { askHttp } from './ask-http.ts';
import { askKv } from './ask-kv.ts';
import type { Engine } from './engine.ts';
import type { Box } from './engine-exports.ts';
import type { Answering, Question } from './question.ts';

/** What `askHost(name, …args)` of the prelude may ask for. */
const QUESTIONS: Readonly<Record<string, Question>> = { http: askHttp, kv: askKv };

/** Questions one request may have open: each holds memory on both sides. */
const MAXIMUM_OPEN = 256;

/** The number under which the guest is told that nobody reads its answer any more (`ask-host.js`). */
const GONE = -1;

/** The number under which the guest is told that its alarm went off (`ask-host.js`). */
const ALARM = 0;

/** How a question ended, or that it is time. */
export type Settlement = { readonly id: number } & (
  | { readonly answering: Answering }
  | { readonly error: unknown }
);

/** What one request waits for: questions that the host has yet to answer, and its alarm. */
export class OpenQuestions {
  readonly #calls: HostCalls;
  readonly #settled: (settlement: Settlement) => void;
  readonly #open = new Set<number>();
  #last = 0;
  /** Takes the alarm back; undefined while none is set. */
  #unset: (() => void) | undefined;
  #isClosed = false;

  constructor(calls: HostCalls, settled: (settlement: Settlement) => void) {
    this.#calls = calls;
    this.#settled = settled;
  }

  get isEmpty(): boolean {
    return this.#open.size === 0 && this.#unset === undefined;
  }

  /** Asks, and returns the number that the answer comes with. */
  ask(engine: Engine, [name = 0, ...args]: readonly Box[]): number {
    const question = QUESTIONS[engine.text(name)];
    if (question === undefined) throw new Error(`The host answers no questions "${engine.text(name)}"`);
    if (this.#open.size >= MAXIMUM_OPEN) {
      throw new Error(`Cannot ask the host: ${MAXIMUM_OPEN} questions of this request are open already`);
    }
    return this.await(question(engine, args, this.#calls));
  }

  /** Gives the guest something else to wait for, by the number that is returned. */
  await(answer: Promise<Answering>): number {
    this.#last += 1;
    const id = this.#last;
    this.#open.add(id);
    answer.then(
      (answering) => this.#settle({ id, answering }),
      (error: unknown) => this.#settle({ id, error }),
    );
    return id;
  }

  /** Nobody waits for the answer to this question any more. */
  forget(id: number): void {
    this.#open.delete(id);
  }

  /** Sets the one alarm there is anew, to go off once after so many milliseconds; not at all if negative. */
  wakeAfter(milliseconds: number): void {
    this.#unset?.();
    this.#unset =
      milliseconds >= 0 ? this.#calls.after(milliseconds, (stopped) => this.#ring(stopped)) : undefined;
  }

  /** Nobody reads the answer any more: told once, and counts as nothing to wait for. */
  readonly gone: () => void = () => {
    if (!this.#isClosed) this.#settled({ id: GONE, answering: () => [] });
  };

  /** The request is over: what comes now comes too late. */
  close(): void {
    this.#isClosed = true;
    this.#unset?.();
  }

  #settle(settlement: Settlement): void {
    if (this.#isClosed || !this.#open.delete(settlement.id)) return;
    this.#settled(settlement);
  }

  #ring(stopped: CallStopped | undefined): void {
    this.#unset = undefined;
    this.#settled(stopped === undefined ? { id: ALARM, answering: () => [] } : { id: ALARM, error: stopped });
  }
}
