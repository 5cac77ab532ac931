import { type CompileOptions, compileModule, compileRestorable } from '#runtime/wasi/compile.ts';
import type { LimitWitness, Stdio } from '#runtime/wasi/host.ts';
import { checkModule } from '#runtime/wasi/link.ts';
import { MemoryInput, MemoryOutput } from '#runtime/wasi/memory-stdio.ts';
import { FolderError } from '#runtime/wasi/preopens.ts';
import type { Outcome } from '#runtime/wasi/run-module.ts';
import type { WorkerLimitName } from '#runtime/worker-limits.ts';
import { decodeResponse, EnvelopeError, encodeRequest } from './envelope.ts';
import type { Guest, GuestResult, GuestSpec, WorkerRequest } from './guest.ts';
import type { HostCalls } from './host-calls.ts';
import { KeptInstance } from './kept-instance.ts';
import { HTTP_MODULE, SEND_HTTP_REQUEST } from './module-http.ts';
import type { ModuleRung, RungName } from './module-rung.ts';
import { NewInstance } from './new-instance.ts';
import { SuspendingInstances } from './suspending-instances.ts';

const provided = new Set([`${HTTP_MODULE}.${SEND_HTTP_REQUEST}`]);

export interface ModuleGuest extends Guest {
  /** How it comes by fresh state for each request. */
  readonly rung: RungName;
}

export interface ModuleGuestOptions {
  /** `new` asks for a new instance each time; by default the cheapest rung that the module allows. */
  readonly rung?: 'new';
}

/**
 * Loads a worker that is a core module. It has no arguments, its vars for environment, the request on stdin,
 * and answers on stdout.
 *
 * @throws ModuleError naming the file and the reason
 */
export async function loadModuleGuest(
  spec: GuestSpec,
  { rung: wanted }: ModuleGuestOptions = {},
): Promise<ModuleGuest> {
  const { limits } = spec;
  const options: CompileOptions = { name: spec.name, memory: limits.memory, size: limits.code };
  const { module, state } =
    wanted === 'new'
      ? { module: await compileModule(spec.file, options), state: undefined }
      : await compileRestorable(spec.file, options);
  checkModule(module, spec.name, provided);
  const witness = new Witness(limits.memory);
  const wasi = {
    args: [],
    env: Object.entries(spec.vars).map(([name, value]) => `${name}=${value}`),
    preopens: spec.folders,
    descriptors: limits.files,
    witness,
  };
  // Entering an instance so that it can be suspended costs time, which only those pay that may wait.
  const suspends = spec.http.allowedHosts.length > 0 && importsHttp(module);
  const world = { wasi, http: spec.http, suspends };
  if (suspends) {
    const instances = new SuspendingInstances(module, state, world);
    return { rung: instances.name, handle: (...call) => handleLater(instances, { spec, witness }, ...call) };
  }
  const kept = state === undefined ? undefined : KeptInstance.of(module, state, world);
  const rung = kept ?? new NewInstance(module, world);
  return { rung: rung.name, handle: (...call) => handle(rung, { spec, witness }, ...call) };
}

function importsHttp(module: WebAssembly.Module): boolean {
  return WebAssembly.Module.imports(module).some(
    (entry) => entry.module === HTTP_MODULE && entry.name === SEND_HTTP_REQUEST,
  );
}

function handle(rung: ModuleRung, own: Own, request: WorkerRequest, calls: HostCalls): GuestResult {
  const { stdio, result, failed } = exchange(own, request);
  try {
    return result(rung.run(stdio, calls));
  } catch (error) {
    return failed(error);
  }
}

async function handleLater(
  instances: SuspendingInstances,
  own: Own,
  request: WorkerRequest,
  calls: HostCalls,
): Promise<GuestResult> {
  const { stdio, result, failed } = exchange(own, request);
  try {
    return result(await instances.run(stdio, calls));
  } catch (error) {
    return failed(error);
  }
}

/** What belongs to one worker, and not to one run. */
interface Own {
  readonly spec: GuestSpec;
  readonly witness: Witness;
}

/** Notes which limits are met, until they are told of with the next result. */
class Witness implements LimitWitness {
  readonly met: Set<WorkerLimitName> = new Set();
  readonly #near: number;

  constructor(memory: number) {
    // A refused `memory.grow` is not seen from here; allocators ask for far less than an eighth at a time.
    this.#near = (memory / 8) * 7;
  }

  full(): void {
    this.met.add('files');
  }

  memory(bytes: number): void {
    if (bytes > this.#near) this.met.add('memory');
  }
}

/** The streams of one run, and what to make of them when it has ended or could not begin. */
interface Exchange {
  readonly stdio: Stdio;
  readonly result: (outcome: Outcome) => GuestResult;
  readonly failed: (error: unknown) => GuestResult;
}

function exchange({ spec, witness }: Own, request: WorkerRequest): Exchange {
  const { limits } = spec;
  const stdin = new MemoryInput(encodeRequest(request, spec));
  const stdout = new MemoryOutput({ name: 'stdout', limit: limits.output, beyond: 'stop' });
  const stderr = new MemoryOutput({ name: 'stderr', limit: limits.log, beyond: 'drop' });
  const because = (reason: string): GuestResult => ({
    ok: false,
    reason,
    stderr: said(stderr),
    ...met(witness, stdout, stderr),
  });
  return {
    stdio: { stdin, stdout, stderr },
    result(outcome) {
      const reason = failure(outcome);
      if (reason !== undefined) return because(reason);
      const response = decodeResponse(stdout.contents());
      return { ok: true, response, stderr: said(stderr), ...met(witness, stdout, stderr) };
    },
    failed(error) {
      if (error instanceof EnvelopeError || error instanceof FolderError) return because(error.message);
      throw error;
    },
  };
}

/** Exit code 0 is a success like a return: Go programs always exit. */
function failure(outcome: Outcome): string | undefined {
  switch (outcome.kind) {
    case 'exited':
      return outcome.code === 0 ? undefined : `Exited with code ${outcome.code}`;
    case 'trapped':
      return `Trapped: ${outcome.reason}`;
    case 'stopped':
      return `Stopped: ${outcome.reason}`;
  }
}

function met(witness: Witness, stdout: MemoryOutput, stderr: MemoryOutput): Pick<GuestResult, 'limits'> {
  if (stdout.isOverfull) witness.met.add('output');
  if (stderr.isOverfull) witness.met.add('log');
  if (witness.met.size === 0) return {};
  const limits = [...witness.met];
  witness.met.clear();
  return { limits };
}

function said(stderr: MemoryOutput): Uint8Array {
  // A copy of its own size: the answer crosses threads, and its buffer would go along.
  const kept = stderr.contents().slice();
  if (stderr.dropped === 0) return kept;
  return Buffer.concat([kept, Buffer.from(`\n(${stderr.dropped} more bytes of stderr dropped)\n`)]);
}
