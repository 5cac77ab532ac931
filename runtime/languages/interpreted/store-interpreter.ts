import type { Stored } from '../frozen/snapshots.ts';
import type { InterpretedSpec } from './interpreted-spec.ts';

type Store = (spec: InterpretedSpec) => Promise<Stored | undefined>;

const STORES: Readonly<Record<string, () => Promise<Store>>> = {
  python: async () => (await import('#runtime/languages/python/start.ts')).storePython,
  ruby: async () => (await import('#runtime/languages/ruby/start-ruby.ts')).storeRuby,
};

/**
 * Starts the interpreter of a worker, for it to be kept as it is then; undefined for one that has to be started for
 * every request.
 *
 * @throws Error naming a file of the interpreter and the reason
 */
export async function storeInterpreter(spec: InterpretedSpec): Promise<Stored | undefined> {
  const { name } = spec.interpreter;
  const store = Object.hasOwn(STORES, name) ? STORES[name] : undefined;
  return await (await store?.())?.(spec);
}
