import { readFileSync } from 'node:fs';
import { TextDecoder } from 'node:util';
import { systemReason } from '#runtime/system-reason.ts';
import type { Guest, GuestResult, GuestSpec, WorkerRequest } from '#runtime/worker/guest.ts';
import type { Engine } from './engine.ts';
import { engineFor } from './engine-imports.ts';
import { explain, loadWorker } from './load-worker.ts';
import { MemoryImage } from './memory-image.ts';
import { enginePrepared, preludeFor } from './prelude.ts';
import type { PreludeFunctions } from './prelude-image.ts';
import { WorkerHost } from './worker-host.ts';

/** An instance whose memory grew further than this is replaced: it would never shrink, and keeps growing. */
const MAXIMUM_GROWTH_BYTES = 1024 * 1024;

/**
 * Loads a JavaScript worker: evaluates it once and keeps an image of the engine's memory, which every request
 * starts from. Time captured while it was evaluated is therefore old in every request; `Date` and
 * `Math.random` are not.
 *
 * @throws Error naming the worker's file, line and column when it cannot be read or evaluated
 */
export async function loadJavaScriptGuest(spec: GuestSpec): Promise<Guest> {
  const { limits } = spec;
  const text = readSource(spec);
  const prelude = await preludeFor(limits.memory);
  const { module, image } = prelude;
  const host = new WorkerHost(limits);
  const engine = enginePrepared(prelude, host, limits.memory);
  loadWorker(engine, host, image.functions, { name: spec.name, text, vars: spec.vars });
  return new JavaScriptGuest(
    module,
    host,
    engine,
    image.functions,
    MemoryImage.take(engine, image.dataStart),
  );
}

function readSource({ file, name }: GuestSpec): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (cause) {
    const reason = cause instanceof TypeError ? 'it is not UTF-8' : systemReason(cause);
    throw new Error(`Cannot load worker "${name}": ${reason}`, { cause });
  }
}

class JavaScriptGuest implements Guest {
  readonly #module: WebAssembly.Module;
  readonly #host: WorkerHost;
  readonly #functions: PreludeFunctions;
  readonly #image: MemoryImage;
  /** Absent when the last one was given up: the next request makes another. */
  #engine: Engine | undefined;
  #failed = true;

  constructor(
    module: WebAssembly.Module,
    host: WorkerHost,
    engine: Engine,
    functions: PreludeFunctions,
    image: MemoryImage,
  ) {
    this.#module = module;
    this.#host = host;
    this.#engine = engine;
    this.#functions = functions;
    this.#image = image;
  }

  handle(request: WorkerRequest): GuestResult {
    this.#host.begin(request);
    const engine = this.#fresh();
    const result = this.#run(engine, request);
    this.#failed = !result.ok;
    const { limitsMet } = this.#host;
    if (engine.memory.length > this.#image.length + MAXIMUM_GROWTH_BYTES) this.#engine = undefined;
    return limitsMet.size === 0 ? result : { ...result, limits: [...limitsMet] };
  }

  /** An engine that holds the image and nothing else. */
  #fresh(): Engine {
    this.#engine ??= engineFor(this.#module, this.#host);
    this.#image.restore(this.#engine, this.#failed);
    return this.#engine;
  }

  #run(engine: Engine, request: WorkerRequest): GuestResult {
    const host = this.#host;
    let thrown: string | undefined;
    try {
      engine.call(this.#functions.handle, []);
      engine.runJobs();
      this.#reportRejections(engine);
    } catch (error) {
      thrown = explain(engine, this.#functions, error);
    }
    const { outcome } = host;
    if (outcome?.ok && thrown === undefined) {
      const { status, headers, body, kv = request.kv } = outcome;
      return { ok: true, response: { status, headers, body, kv }, stderr: host.stderr.take() };
    }
    if (outcome && !outcome.ok) return { ok: false, reason: outcome.reason, stderr: host.stderr.take() };
    const reason = thrown ?? 'The promise of a response never settled';
    host.writeStderr(Buffer.from(`There was an error running the handler:\n${reason}\n`));
    return { ok: false, reason: reason.split('\n', 1)[0] ?? reason, stderr: host.stderr.take() };
  }

  /** A promise that failed with nobody listening does not fail the request, but somebody should know. */
  #reportRejections(engine: Engine): void {
    for (const { reason } of this.#host.takeRejections()) {
      const text = engine.text(engine.call(this.#functions.describe, [reason]));
      this.#host.writeStderr(Buffer.from(`Unhandled promise rejection:\n${text}\n`));
    }
  }
}
