import path from 'node:path';
import { findSnapshot, type Stored, snapshotKey } from '#runtime/languages/frozen/snapshots.ts';
import type { InterpretedSpec } from '#runtime/languages/interpreted/interpreted-spec.ts';
import { MAXIMUM_BYTES } from '#runtime/languages/interpreted/interpreter-files.ts';
import { type CompileOptions, compileRestorable, rewriteRestorable } from '#runtime/wasi/compile.ts';
import { InstanceImage, openInstance } from '#runtime/wasi/instance-image.ts';
import type { Preopen } from '#runtime/wasi/preopen.ts';
import { bootFiles } from './boot-files.ts';
import { answersProbe, bootRuby } from './boot-ruby.ts';
import { parentFolders } from './parent-folders.ts';
import { isReactor, RubyInstance } from './ruby-instance.ts';
import type { RubyBuild } from './ruby-way.ts';
import { rubyWorld } from './ruby-world.ts';

/** Ruby, started, with the code around workers in it and none of them. */
export interface StartedRuby extends RubyBuild {
  readonly image: InstanceImage;
}

const started = new Map<string, WeakRef<StartedRuby>>();

/**
 * Ruby for a worker, started once for all those of a thread that know the same folders. Undefined: this build can
 * only be started anew for each request.
 *
 * @throws ModuleError for a file that is no interpreter
 */
export async function startRuby(spec: InterpretedSpec): Promise<StartedRuby | undefined> {
  const library = await libraryOf(spec);
  const key = await keyOf(spec, library);
  // Where a folder lies is no part of what Ruby remembers, but of what the worker may reach.
  const place = JSON.stringify([key, library]);
  const known = started.get(place)?.deref();
  if (known !== undefined) return known;
  const made = (await fromSnapshot(spec, library, key)) ?? (await startNow(spec, library));
  if (made !== undefined) started.set(place, new WeakRef(made));
  return made;
}

/** What a project may keep, so that Ruby need not be started; undefined where it has to be each time. */
export async function storeRuby(spec: InterpretedSpec): Promise<Stored | undefined> {
  const library = await libraryOf(spec);
  const made = await startNow(spec, library, { still: true });
  const rewritten = await rewriteRestorable(spec.interpreter.binary.file, readingOf(spec));
  if (made === undefined || rewritten === undefined) return undefined;
  const { bytes: module, state } = rewritten;
  const stored = { module, state, image: made.image.contents(), notes: null };
  return { key: await keyOf(spec, library), stored };
}

async function startNow(
  spec: InterpretedSpec,
  library: readonly Preopen[],
  { still = false }: { readonly still?: boolean } = {},
): Promise<StartedRuby | undefined> {
  const { module, state } = await compileRestorable(spec.interpreter.binary.file, readingOf(spec));
  if (state === undefined || !isReactor(module)) return undefined;
  const world = rubyWorld({ spec, module, state, library, suspends: false, still });
  const instance = world.instantiate(module);
  bootRuby(world, new RubyInstance(instance), spec.name, await bootFiles());
  const image = InstanceImage.take(openInstance(instance, state));
  if (image === undefined)
    throw new Error(`Cannot load worker "${spec.name}": Ruby has state that cannot be kept`);
  return { module, state, image, library };
}

async function fromSnapshot(
  spec: InterpretedSpec,
  library: readonly Preopen[],
  key: string,
): Promise<StartedRuby | undefined> {
  const found = await findSnapshot(spec.root, key, spec.limits.memory);
  if (found === undefined || !isReactor(found.module)) return undefined;
  const { module, state, image } = found;
  const world = rubyWorld({ spec, module, state, library, suspends: false });
  try {
    const open = openInstance(world.instantiate(module), state);
    image.restore(open);
    return answersProbe(world, new RubyInstance(open.instance))
      ? { module, state, image, library }
      : undefined;
  } catch {
    // Whatever it was, it was no Ruby of ours.
    return undefined;
  }
}

/** Folders that Ruby knows beside those of the worker. */
export async function libraryOf(spec: InterpretedSpec): Promise<readonly Preopen[]> {
  return [...spec.interpreter.library.folders, ...(await parentFolders(spec))];
}

/** How its module is read. */
export function readingOf({ interpreter: { binary }, limits }: InterpretedSpec): CompileOptions {
  const name = path.basename(binary.file);
  return { name, memory: limits.memory, size: MAXIMUM_BYTES, sha256: binary.sha256 };
}

/** All that the memory of a started Ruby depends on, but where the project lies. */
async function keyOf(
  { interpreter, folders, limits }: InterpretedSpec,
  library: readonly Preopen[],
): Promise<string> {
  const paths = [...library, ...folders].map(({ guestPath }) => guestPath);
  const files = interpreter.library.files.map(({ sha256 }) => sha256);
  const parts = [interpreter.binary.sha256, limits.memory, library.length, paths, files, await bootFiles()];
  return snapshotKey(['ruby', ...parts]);
}
