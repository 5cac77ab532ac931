import { type GuestEnd, GuestExit } from './end.ts';
import { WASI_MODULE, type WasiHost } from './host.ts';

/** How a run ended. */
export type Outcome =
  | {
      /** By returning, or by `proc_exit`. */
      readonly kind: 'exited';
      /** Unsigned 32 bits; 0 for a return. */
      readonly code: number;
    }
  | {
      /** By a trap, or by an error thrown into it. */
      readonly kind: 'trapped';
      readonly reason: string;
      /** The guest's own frames, innermost first, one per line. */
      readonly frames: string;
    }
  | {
      /** By us, for a limit or on request. */
      readonly kind: 'stopped';
      readonly reason: string;
    };

/** Makes an instance with nothing but WASI to import, and runs it to its end. */
export function runModule(module: WebAssembly.Module, host: WasiHost): Outcome {
  return outcomeOf(host, () => {
    const instance = new WebAssembly.Instance(module, { [WASI_MODULE]: host.imports });
    attachMemory(host, instance);
    enter(instance);
  });
}

/** The host reads and writes the memory that is exported by that name. `refusals` names a global (`StateExports`). */
export function attachMemory(host: WasiHost, { exports }: WebAssembly.Instance, refusals?: string): void {
  const { memory } = exports;
  const counter = refusals === undefined ? undefined : (exports[refusals] as WebAssembly.Global);
  if (memory !== undefined) host.memory.attach(memory as WebAssembly.Memory, counter);
}

/** Runs an instance: `_start`, else `_initialize`, else nothing. */
export function enter({ exports }: WebAssembly.Instance): void {
  const { _start, _initialize } = exports;
  const entry = _start ?? _initialize;
  if (typeof entry === 'function') entry();
}

/** Does a run in a host that is open for it, and says how it ended. */
export function outcomeOf(host: WasiHost, run: () => void): Outcome {
  try {
    run();
    return returned(host);
  } catch (error) {
    return threw(host, error);
  }
}

/** As `outcomeOf`, for a run that may be suspended on its way. */
export async function outcomeLater(host: WasiHost, run: () => Promise<void>): Promise<Outcome> {
  try {
    await run();
    return returned(host);
  } catch (error) {
    return threw(host, error);
  }
}

function returned(host: WasiHost): Outcome {
  return host.end === undefined ? { kind: 'exited', code: 0 } : ended(host.end);
}

function threw(host: WasiHost, error: unknown): Outcome {
  // What the guest was told to do counts, whatever it made of it afterwards.
  if (host.end !== undefined) return ended(host.end);
  return { kind: 'trapped', reason: trapReason(error), frames: guestFrames(error) };
}

function ended(end: GuestEnd): Outcome {
  if (end instanceof GuestExit) return { kind: 'exited', code: end.code };
  return { kind: 'stopped', reason: end.message };
}

function trapReason(error: unknown): string {
  if (!(error instanceof Error)) return 'an exception was not caught';
  // V8 reports a guest's exhausted stack in JavaScript's words.
  if (error instanceof RangeError && error.message.startsWith('Maximum call stack')) {
    return 'call stack exhausted';
  }
  return error.message;
}

const MAXIMUM_FRAMES = 16;

function guestFrames(error: unknown): string {
  if (!(error instanceof Error) || error.stack === undefined) return '';
  return (
    error.stack
      .split('\n')
      .filter((line) => line.includes('wasm://'))
      .slice(0, MAXIMUM_FRAMES)
      // Names of functions are the guest's own choice of bytes.
      .map((line) => `${printable(line.trimEnd())}\n`)
      .join('')
  );
}

function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '?');
}
