import type { StateExports } from '#runtime/wasi/expose-state.ts';
import type { OpenInstance } from '#runtime/wasi/instance-image.ts';

/** Where `wws_run.enter` and an empty tuple are in the interpreter's memory: `id()` of both. */
export interface EntryPlace {
  readonly callable: number;
  readonly noArguments: number;
}

/** Offsets in `PyObject` and `PyTypeObject` where pointers have 32 bits (CPython 3.11 and 3.12, object.h). */
const OB_TYPE = 4;
const TP_CALL = 64;

/** A function of the module, and what it is to be called with. */
export interface Entry {
  readonly call: (...args: readonly number[]) => unknown;
  readonly args: readonly number[];
}

/** A function that calls `wws_run.enter()` in an interpreter that stands still in a call of its own. */
export function entryOf(open: OpenInstance, state: StateExports, place: EntryPlace): Entry {
  const { callable, noArguments } = place;
  const { instance, memory } = open;
  const [tableName = ''] = state.tables;
  const table = instance.exports[tableName];
  if (memory === undefined || !(table instanceof WebAssembly.Table))
    throw new Error('It has no memory or no table');
  const view = new DataView(memory.buffer);
  const type = view.getUint32(callable + OB_TYPE, true);
  const call = table.get(view.getUint32(type + TP_CALL, true));
  if (typeof call !== 'function') throw new Error('Its functions cannot be called from outside');
  return { call: call as Entry['call'], args: [callable, noArguments, 0] };
}
