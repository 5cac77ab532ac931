import type { StateExports } from '#runtime/wasi/expose-state.ts';
import type { ModuleKind } from '#runtime/wasi/link.ts';

/** A worker's module, ready for instances. */
export interface LoadedModule {
  readonly module: WebAssembly.Module;
  /** What it exports of its state; undefined where an instance cannot be restored. */
  readonly state: StateExports | undefined;
  readonly entry: ModuleEntry;
}

/** Which exports make an instance ready and have it answer a request. All take no arguments. */
export interface ModuleEntry {
  /** Called in order and once; what they leave behind is the state that every request finds. */
  readonly preparation: readonly string[];
  /** Called for each request; undefined when making an instance is all that can be done. */
  readonly handler: string | undefined;
}

/** Answers a request from a state that was prepared once. Modules that are no commands may export it. */
const HANDLE = 'wws_handle';
/** Called after `_initialize`. Any other result than nothing or 0 says that its state must not serve two requests. */
const PREPARE = 'wws_prepare';

/**
 * How the requests of a worker enter its module: commands by `_start`, reactors by `_initialize`, which does the
 * whole job, as wws has it; reactors that export `wws_handle` by that, after a preparation.
 */
export function moduleEntry(module: WebAssembly.Module, kind: ModuleKind): ModuleEntry {
  if (kind === 'command') return { preparation: [], handler: '_start' };
  const exported = WebAssembly.Module.exports(module);
  const has = (wanted: string): boolean =>
    exported.some((entry) => entry.kind === 'function' && entry.name === wanted);
  if (has(HANDLE)) return { preparation: ['_initialize', PREPARE].filter(has), handler: HANDLE };
  return { preparation: [], handler: kind === 'reactor' ? '_initialize' : undefined };
}
