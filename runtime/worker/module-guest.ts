import { compileModule } from '#runtime/wasi/compile.ts';
import { WasiHost } from '#runtime/wasi/host.ts';
import { defaultLimits, type GuestLimits } from '#runtime/wasi/limits.ts';
import { checkModule } from '#runtime/wasi/link.ts';
import { MemoryInput, MemoryOutput } from '#runtime/wasi/memory-stdio.ts';
import { FolderError } from '#runtime/wasi/preopens.ts';
import { type Outcome, runModule } from '#runtime/wasi/run-module.ts';
import { decodeResponse, EnvelopeError, encodeRequest } from './envelope.ts';
import type { Guest, GuestResult, GuestSpec, WorkerRequest } from './guest.ts';
import { HTTP_MODULE, type HttpGuest, SEND_HTTP_REQUEST, sendHttpRequest } from './module-http.ts';

const provided = new Set([`${HTTP_MODULE}.${SEND_HTTP_REQUEST}`]);

/**
 * Loads a worker that is a core module: compiled once, instantiated anew for each request. It has no
 * arguments, its vars for environment, the request on stdin, and answers on stdout.
 *
 * @throws ModuleError naming the file and the reason
 */
export async function loadModuleGuest(spec: GuestSpec, limits: GuestLimits = defaultLimits): Promise<Guest> {
  const module = await compileModule(spec.file, { name: spec.name, memory: limits.memory });
  checkModule(module, spec.name, provided);
  const env = Object.entries(spec.vars).map(([name, value]) => `${name}=${value}`);
  return {
    handle: (request) => handle(module, { spec, limits, env }, request),
  };
}

interface Surroundings {
  readonly spec: GuestSpec;
  readonly limits: GuestLimits;
  readonly env: readonly string[];
}

function handle(module: WebAssembly.Module, around: Surroundings, request: WorkerRequest): GuestResult {
  const { spec, limits, env } = around;
  const stdout = new MemoryOutput({ name: 'stdout', limit: limits.stdout, beyond: 'stop' });
  const stderr = new MemoryOutput({ name: 'stderr', limit: limits.stderr, beyond: 'drop' });
  const failed = (reason: string): GuestResult => ({ ok: false, reason, stderr: said(stderr) });
  try {
    using host = new WasiHost({
      args: [],
      env,
      stdin: new MemoryInput(encodeRequest(request)),
      stdout,
      stderr,
      preopens: spec.folders,
      descriptors: limits.descriptors,
    });
    const http: HttpGuest = { memory: host.memory, exports: {} };
    const others = { [HTTP_MODULE]: { [SEND_HTTP_REQUEST]: sendHttpRequest(http) } };
    const outcome = runModule(module, host, others, (instance) => {
      http.exports = instance.exports;
    });
    const reason = failure(outcome);
    if (reason !== undefined) return failed(reason);
    return { ok: true, response: decodeResponse(stdout.contents()), stderr: said(stderr) };
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

function said(stderr: MemoryOutput): Uint8Array {
  // A copy of its own size: the answer crosses threads, and its buffer would go along.
  const kept = stderr.contents().slice();
  if (stderr.dropped === 0) return kept;
  return Buffer.concat([kept, Buffer.from(`\n(${stderr.dropped} more bytes of stderr dropped)\n`)]);
}
