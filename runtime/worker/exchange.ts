import type { LimitWitness, Stdio } from '#runtime/wasi/host.ts';
import { MemoryInput, MemoryOutput } from '#runtime/wasi/memory-stdio.ts';
import { FolderError } from '#runtime/wasi/preopens.ts';
import type { Outcome } from '#runtime/wasi/run-module.ts';
import type { WorkerLimitName } from '#runtime/worker-limits.ts';
import { decodeResponse, EnvelopeError, encodeRequest } from './envelope.ts';
import type { GuestResult, GuestSpec, WorkerRequest } from './guest.ts';

/** What belongs to one worker, and not to one run. */
export interface Own {
  readonly spec: GuestSpec;
  readonly witness: Witness;
}

/** Notes which limits are met, until they are told of with the next result. */
export class Witness implements LimitWitness {
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
export interface Exchange {
  readonly stdio: Stdio;
  readonly result: (outcome: Outcome) => GuestResult;
  readonly failed: (error: unknown) => GuestResult;
}

/** Prepares one run that reads its request on stdin and prints its answer on stdout. */
export function exchange({ spec, witness }: Own, request: WorkerRequest): Exchange {
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
