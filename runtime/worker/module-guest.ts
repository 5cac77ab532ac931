import { type CompileOptions, compileModule, compileRestorable } from '#runtime/wasi/compile.ts';
import { checkModule } from '#runtime/wasi/link.ts';
import { MemoryInput, MemoryOutput } from '#runtime/wasi/memory-stdio.ts';
import { FolderError } from '#runtime/wasi/preopens.ts';
import type { Outcome } from '#runtime/wasi/run-module.ts';
import type { WorkerLimitName } from '#runtime/worker-limits.ts';
import { decodeResponse, EnvelopeError, encodeRequest } from './envelope.ts';
import type { Guest, GuestResult, GuestSpec, WorkerRequest } from './guest.ts';
import { KeptInstance } from './kept-instance.ts';
import { HTTP_MODULE, SEND_HTTP_REQUEST } from './module-http.ts';
import type { ModuleRung, RungName } from './module-rung.ts';
import { NewInstance } from './new-instance.ts';

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
  const options: CompileOptions = { name: spec.name, memory: limits.memory };
  const { module, state } =
    wanted === 'new'
      ? { module: await compileModule(spec.file, options), state: undefined }
      : await compileRestorable(spec.file, options);
  checkModule(module, spec.name, provided);
  const wasi = {
    args: [],
    env: Object.entries(spec.vars).map(([name, value]) => `${name}=${value}`),
    preopens: spec.folders,
    descriptors: limits.files,
  };
  const kept = state === undefined ? undefined : KeptInstance.of(module, state, wasi);
  const rung = kept ?? new NewInstance(module, wasi);
  return { rung: rung.name, handle: (request) => handle(rung, spec, request) };
}

function handle(rung: ModuleRung, spec: GuestSpec, request: WorkerRequest): GuestResult {
  const { limits } = spec;
  const stdin = new MemoryInput(encodeRequest(request, spec));
  const stdout = new MemoryOutput({ name: 'stdout', limit: limits.output, beyond: 'stop' });
  const stderr = new MemoryOutput({ name: 'stderr', limit: limits.log, beyond: 'drop' });
  const failed = (reason: string): GuestResult => ({
    ok: false,
    reason,
    stderr: said(stderr),
    ...met(stdout, stderr),
  });
  try {
    const reason = failure(rung.run({ stdin, stdout, stderr }));
    if (reason !== undefined) return failed(reason);
    const response = decodeResponse(stdout.contents());
    return { ok: true, response, stderr: said(stderr), ...met(stdout, stderr) };
  } catch (error) {
    if (error instanceof EnvelopeError || error instanceof FolderError) return failed(error.message);
    throw error;
  }
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

/** The limits that its output met. */
function met(stdout: MemoryOutput, stderr: MemoryOutput): Pick<GuestResult, 'limits'> {
  if (!stdout.isOverfull && !stderr.isOverfull) return {};
  const limits: WorkerLimitName[] = [];
  if (stdout.isOverfull) limits.push('output');
  if (stderr.isOverfull) limits.push('log');
  return { limits };
}

function said(stderr: MemoryOutput): Uint8Array {
  // A copy of its own size: the answer crosses threads, and its buffer would go along.
  const kept = stderr.contents().slice();
  if (stderr.dropped === 0) return kept;
  return Buffer.concat([kept, Buffer.from(`\n(${stderr.dropped} more bytes of stderr dropped)\n`)]);
}
