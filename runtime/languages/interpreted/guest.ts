import type { Guest, GuestSpec, NoteSource } from '#runtime/worker/guest.ts';
import type { InterpretedSpec } from './interpreted-spec.ts';
import { checkLibrary } from './interpreter-files.ts';
import { loadPlainGuest } from './plain-guest.ts';

type Loader = (spec: InterpretedSpec, note: NoteSource) => Promise<Guest>;

/** Languages that are started once and not for every request, by the name that their runtimes have. */
const FROZEN: Readonly<Record<string, () => Promise<Loader>>> = {
  python: async () => (await import('#runtime/languages/python/guest.ts')).loadPythonGuest,
  ruby: async () => (await import('#runtime/languages/ruby/guest.ts')).loadRubyGuest,
};

/**
 * Loads a worker in the way its language has. Whoever loads it reads the files of the interpreter by
 * `readRegularFile` with their SHA-256: no byte of them runs unchecked.
 *
 * @throws Error naming a file and the reason
 */
export async function loadInterpretedGuest(spec: GuestSpec, note: NoteSource): Promise<Guest> {
  const { interpreter } = spec;
  if (interpreter === undefined) throw new Error(`Cannot load worker "${spec.name}": nothing runs it`);
  await checkLibrary(interpreter.library);
  const loader = Object.hasOwn(FROZEN, interpreter.name) ? FROZEN[interpreter.name] : undefined;
  return await ((await loader?.()) ?? loadPlainGuest)({ ...spec, interpreter }, note);
}
