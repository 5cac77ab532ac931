import type { HostCalls } from '#runtime/worker/host-calls.ts';
import { askHttp } from './ask-http.ts';
import { askKv } from './ask-kv.ts';
import type { Engine } from './engine.ts';
import type { Box } from './engine-exports.ts';
import type { Answering, Question } from './question.ts';

/** What `askHost(name, …args)` of the prelude may ask for. */
const QUESTIONS: Readonly<Record<string, Question>> = { http: askHttp, kv: askKv };

/** Questions one request may have open: each holds memory on both sides. */
const MAXIMUM_OPEN = 256;

/** How a question ended. */
export type Settlement = { readonly id: number } & (
  | { readonly answering: Answering }
  | { readonly error: unknown }
);

/** The questions of one request that the host has yet to answer. */
export class OpenQuestions {
  readonly #calls: HostCalls;
  readonly #settled: (settlement: Settlement) => void;
  #open = 0;
  #last = 0;
  #isClosed = false;

  constructor(calls: HostCalls, settled: (settlement: Settlement) => void) {
    this.#calls = calls;
    this.#settled = settled;
  }

  get isEmpty(): boolean {
    return this.#open === 0;
  }

  /** Asks, and returns the number that the answer comes with. */
  ask(engine: Engine, [name = 0, ...args]: readonly Box[]): number {
    const question = QUESTIONS[engine.text(name)];
    if (question === undefined) throw new Error(`The host answers no questions "${engine.text(name)}"`);
    if (this.#open === MAXIMUM_OPEN) {
      throw new Error(`Cannot ask the host: ${MAXIMUM_OPEN} questions of this request are open already`);
    }
    const answer = question(engine, args, this.#calls);
    this.#open += 1;
    this.#last += 1;
    const id = this.#last;
    answer.then(
      (answering) => this.#settle({ id, answering }),
      (error: unknown) => this.#settle({ id, error }),
    );
    return id;
  }

  /** The request is over: what comes now comes too late. */
  close(): void {
    this.#isClosed = true;
  }

  #settle(settlement: Settlement): void {
    if (this.#isClosed) return;
    this.#open -= 1;
    this.#settled(settlement);
  }
}
