import type { LimitWitness, Stdio } from '#runtime/wasi/host.ts';
import { MemoryInput, MemoryOutput } from '#runtime/wasi/memory-stdio.ts';
import { FolderError } from '#runtime/wasi/preopens.ts';
import type { Outcome } from '#runtime/wasi/run-module.ts';
import type { WorkerLimitName } from '#runtime/worker-limits.ts';
import { type DecodeOptions, decodeResponse, EnvelopeError, encodeRequest } from './envelope.ts';
import type { GuestResult, GuestSpec, WorkerRequest } from './guest.ts';

/** What belongs to one worker, and not to one run. */
export interface Own extends DecodeOptions {
  readonly spec: GuestSpec;
  readonly witness: Witness;
  /** False for a module whose instances have nothing to be entered by. */
  readonly hasEntry?: boolean;
  /** What it printed before the first request, until it is told of with the first result. */
  said?: Uint8Array | undefined;
}

/** Notes which limits are met, until they are told of with the next result. */
export class Witness implements LimitWitness {
  readonly met: Set<WorkerLimitName> = new Set();
  readonly #near: number;

  constructor(memory: number) {
    // Where a refused `memory.grow` is not seen; allocators ask for far less than an eighth at a time.
    this.#near = (memory / 8) * 7;
  }

  full(): void {
    this.met.add('files');
  }

  refused(): void {
    this.met.add('memory');
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

const NO_ENTRY = 'Nothing in it can be run: it exports neither "_start" nor "_initialize"';

/** Prepares one run that reads its request on stdin and prints its answer on stdout. */
export function exchange(own: Own, request: WorkerRequest): Exchange {
  const { spec, witness } = own;
  const { limits } = spec;
  const stdin = new MemoryInput(encodeRequest(request, spec));
  const stdout = new MemoryOutput({ name: 'stdout', limit: limits.output, beyond: 'stop' });
  const stderr = new MemoryOutput({ name: 'stderr', limit: limits.log, beyond: 'drop' });
  if (own.said !== undefined) stderr.write(Uint8Array.from(own.said));
  own.said = undefined;
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
      if (own.hasEntry === false && stdout.contents().length === 0) return because(NO_ENTRY);
      const response = decodeResponse(stdout.contents(), own, limits.keys);
      return { ok: true, response, stderr: said(stderr), ...met(witness, stdout, stderr) };
    },
    failed(error) {
      if (error instanceof EnvelopeError || error instanceof FolderError) return because(error.message);
      throw error;
    },
  };
}

/** Exit code 0 is a success like a return: Go programs always exit. */
export function failure(outcome: Outcome): string | undefined {
  switch (outcome.kind) {
    case 'exited':
      return outcome.code === 0 ? undefined : `Exited with code ${outcome.code}`;
    case 'trapped':
      return `Trapped: ${outcome.reason}`;
    case 'stopped':
      return `Stopped: ${outcome.reason}`;
  }
}

/** Which limits were met since this was asked last. */
export function met(
  witness: Witness,
  stdout: Pick<MemoryOutput, 'isOverfull'>,
  stderr: Pick<MemoryOutput, 'isOverfull'>,
): Pick<GuestResult, 'limits'> {
  if (stdout.isOverfull) witness.met.add('output');
  if (stderr.isOverfull) witness.met.add('log');
  if (witness.met.size === 0) return {};
  const limits = [...witness.met];
  witness.met.clear();
  return { limits };
}

const NOTHING = new Uint8Array(0);

/** What a run wrote to stderr, with a word of what was dropped. */
export function said(stderr: MemoryOutput): Uint8Array {
  if (stderr.contents().length === 0) return NOTHING;
  // A copy of its own size: the answer crosses threads, and its buffer would go along.
  const kept = stderr.contents().slice();
  if (stderr.dropped === 0) return kept;
  return Buffer.concat([kept, Buffer.from(`\n(${stderr.dropped} more bytes of stderr dropped)\n`)]);
}
