import type { GuestResult, WorkerRequest, WorkerResponse } from '#runtime/worker/guest.ts';
import { CallStopped, type HostCalls } from '#runtime/worker/host-calls.ts';
import type { Engine } from './engine.ts';
import { engineFor } from './engine-imports.ts';
import { explain } from './load-worker.ts';
import { MemoryImage } from './memory-image.ts';
import type { PartedBody } from './parted-body.ts';
import type { PreludeFunctions } from './prelude-image.ts';
import { OpenQuestions, type Settlement } from './questions.ts';
import type { AnswerHead, PartedAnswer, WorkerHost } from './worker-host.ts';

/** An instance whose memory grew further than this is replaced: it would never shrink, and keeps growing. */
const MAXIMUM_GROWTH_BYTES = 1024 * 1024;

/** The engine takes memory from its host by the MiB. */
const ROOM_BYTES = 512 * 1024;

const NEVER_SETTLED = 'The promise of a response never settled';
const NEVER_ENDED = 'The stream of a response never ended';

/** What the seats of one worker have in common. */
export interface SeatWorker {
  readonly module: WebAssembly.Module;
  readonly functions: PreludeFunctions;
  /** What every request starts from. */
  image: MemoryImage;
  /** Where static data begins in the engine's memory. */
  readonly dataStart: number;
  /** The image has been given free memory. */
  hasRoom: boolean;
  /** Bytes of memory from which on it counts as met. */
  readonly nearMemory: number;
}

/** A request under way. */
interface Run {
  readonly questions: OpenQuestions;
  /** Set once it has to wait for the host: hears of the answer, and if the worker goes on after it, of the end. */
  finish: ((result: GuestResult) => void) | undefined;
  hasAnswered: boolean;
  /** The body of the answer, while it is sent as it comes. */
  body: PartedBody | undefined;
  readonly calls: HostCalls;
}

/**
 * An engine and its host: a place for one request at a time. A request whose answer is not there when the guest
 * has nothing left to do waits for what it asked of the host.
 */
export class Seat {
  readonly #worker: SeatWorker;
  readonly #host: WorkerHost;
  /** Absent when the last one was given up: the next request makes another. */
  #engine: Engine | undefined;
  #failed = true;
  #run: Run | undefined;

  constructor(worker: SeatWorker, host: WorkerHost, engine?: Engine) {
    this.#worker = worker;
    this.#host = host;
    this.#engine = engine;
  }

  handle(request: WorkerRequest, calls: HostCalls): GuestResult | Promise<GuestResult> {
    const engine = this.#fresh();
    const questions = new OpenQuestions(calls, (settlement) => this.#resume(run, engine, settlement));
    const run: Run = { questions, finish: undefined, hasAnswered: false, body: undefined, calls };
    this.#run = run;
    this.#host.begin(request, questions);
    const result = this.#go(run, engine, () => engine.call(this.#worker.functions.handle, []));
    if (result !== undefined) return result;
    const later = Promise.withResolvers<GuestResult>();
    run.finish = later.resolve;
    return later.promise;
  }

  /** An engine that holds the image and nothing else. */
  #fresh(): Engine {
    this.#engine ??= engineFor(this.#worker.module, this.#host);
    this.#worker.image.restore(this.#engine, this.#failed);
    return this.#engine;
  }

  /** Hands the host's answer to the guest. */
  #resume(run: Run, engine: Engine, settlement: Settlement): void {
    if (this.#run !== run) return;
    const { finish } = run;
    const { error } = 'error' in settlement ? settlement : {};
    const result =
      error instanceof CallStopped
        ? this.#stop(run, engine, error.message)
        : this.#go(run, engine, () => this.#settle(engine, settlement));
    if (result !== undefined) finish?.(result);
  }

  #stop(run: Run, engine: Engine, reason: string): GuestResult {
    if (run.hasAnswered) this.#host.writeStderr(Buffer.from(`Stopped after its answer: ${reason}\n`));
    this.#host.limitsMet.add('time');
    return this.#end(run, engine, { ok: false, reason, stderr: this.#host.stderr.take() });
  }

  #settle(engine: Engine, settlement: Settlement): void {
    const { exports } = engine;
    const values =
      'error' in settlement
        ? [engine.newText(messageOf(settlement.error))]
        : [exports.qjs_get_undefined(), ...settlement.answering(engine)];
    const args = [exports.qjs_new_number(settlement.id), ...values];
    exports.qjs_free_value(engine.call(this.#worker.functions.settle, args));
    // A request may ask for many large answers, one after the other.
    for (const box of args) exports.qjs_free_value(box);
  }

  /**
   * Lets the guest run. The result, or undefined while an answer of the host may still bring one. A guest that has
   * answered and has work left gives the answer first, with the promise of the rest.
   */
  #go(run: Run, engine: Engine, enter: () => void): GuestResult | undefined {
    let thrown: string | undefined;
    try {
      enter();
      engine.runJobs();
      this.#reportRejections(engine);
    } catch (error) {
      thrown = explain(engine, this.#worker.functions, error);
    }
    const { outcome, isLingering, parted } = this.#host;
    const goesOn = thrown === undefined && !run.questions.isEmpty && (outcome === undefined || isLingering);
    if (!goesOn) {
      const result = this.#result(thrown);
      run.body?.end(result.ok ? undefined : result.reason);
      return this.#end(run, engine, result);
    }
    if (outcome === undefined) run.body?.send();
    else run.body?.end(outcome.ok ? undefined : outcome.reason);
    if (run.hasAnswered || (outcome === undefined && parted === undefined)) return undefined;
    run.hasAnswered = true;
    const rest = Promise.withResolvers<GuestResult>();
    run.finish = rest.resolve;
    const first =
      outcome === undefined && parted !== undefined ? this.#begun(run, parted) : this.#result(undefined);
    return { ...first, rest: rest.promise };
  }

  /** An answer whose body is sent as it comes: the worker has to wait for more of it. */
  #begun(run: Run, { head, body }: PartedAnswer): GuestResult {
    run.body = body;
    const first = body.begin(run.calls, run.questions.gone);
    return {
      ok: true,
      response: { ...responseOf(head, first), streams: true },
      stderr: this.#host.stderr.take(),
    };
  }

  /** Frees the seat. */
  #end(run: Run, engine: Engine, result: GuestResult): GuestResult {
    run.questions.close();
    this.#host.end();
    this.#run = undefined;
    this.#failed = !result.ok;
    if (engine.memory.length > this.#worker.image.length + MAXIMUM_GROWTH_BYTES) this.#outgrew();
    const { limitsMet } = this.#host;
    // A refused allocation is not seen from here; near the limit there will have been one.
    if (engine.memory.length > this.#worker.nearMemory) limitsMet.add('memory');
    return limitsMet.size === 0 ? result : { ...result, limits: [...limitsMet] };
  }

  /**
   * A request that allocates a little may find an image without free memory, and the next ones too: they would all
   * need a new instance. Once for each worker, the image gets some.
   */
  #outgrew(): void {
    this.#engine = undefined;
    const worker = this.#worker;
    if (worker.hasRoom) return;
    worker.hasRoom = true;
    const engine = this.#fresh();
    engine.makeRoom(ROOM_BYTES);
    worker.image = MemoryImage.take(engine, worker.dataStart);
  }

  #result(thrown: string | undefined): GuestResult {
    const host = this.#host;
    const { outcome } = host;
    if (outcome?.ok && thrown === undefined) {
      return { ok: true, response: responseOf(outcome, outcome.body), stderr: host.stderr.take() };
    }
    if (outcome && !outcome.ok) return { ok: false, reason: outcome.reason, stderr: host.stderr.take() };
    const reason = thrown ?? (host.parted === undefined ? NEVER_SETTLED : NEVER_ENDED);
    host.writeStderr(Buffer.from(`There was an error running the handler:\n${reason}\n`));
    return { ok: false, reason: reason.split('\n', 1)[0] ?? reason, stderr: host.stderr.take() };
  }

  /** A promise that failed with nobody listening does not fail the request, but somebody should know. */
  #reportRejections(engine: Engine): void {
    for (const { reason } of this.#host.takeRejections()) {
      const text = engine.text(engine.call(this.#worker.functions.describe, [reason]));
      this.#host.writeStderr(Buffer.from(`Unhandled promise rejection:\n${text}\n`));
    }
  }
}

function responseOf({ status, headers, store }: AnswerHead, body: Uint8Array): WorkerResponse {
  const response = { status, headers, body, kv: store?.entries };
  return store === undefined ? response : { ...response, kvKept: store.kept };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
