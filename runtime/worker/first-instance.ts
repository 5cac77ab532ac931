import { InstanceImage, type OpenInstance, openInstance } from '#runtime/wasi/instance-image.ts';
import { MemoryInput, MemoryOutput } from '#runtime/wasi/memory-stdio.ts';
import { outcomeOf } from '#runtime/wasi/run-module.ts';
import type { LoadedModule } from './module-entry.ts';
import type { ModuleWorld } from './module-world.ts';

/** An image is a copy, and each thread has one: a preparation that leaves more than this is done for each request. */
const IMAGE_BYTES = 64 * 1024 * 1024;

/** Bytes that are kept of what a preparation prints. */
const LOG_BYTES = 64 * 1024;

/** An instance as every request is to find it. */
export interface FirstInstance {
  readonly open: OpenInstance;
  readonly image: InstanceImage;
  /** What its preparation printed. */
  readonly said: Uint8Array;
}

/**
 * Makes an instance, prepares it with nothing on stdin, and takes its image. Undefined when every request is to do
 * all of that itself: because its state cannot be put back or keeping it does not pay, because the module says so, or
 * because something failed, which requests are then told.
 */
export function firstInstance(loaded: LoadedModule, world: ModuleWorld): FirstInstance | undefined {
  const { state } = loaded;
  if (state === undefined) return undefined;
  const output = new MemoryOutput({ name: 'stderr', limit: LOG_BYTES, beyond: 'drop' });
  try {
    const instance = prepared(loaded, world, output);
    const open = instance && openInstance(instance, state);
    const image = open && InstanceImage.take(open);
    return image && { open, image, said: output.contents() };
  } catch {
    // Data that does not fit its memory, say, or a folder that is not there yet.
    return undefined;
  }
}

function prepared(
  { module, entry }: LoadedModule,
  world: ModuleWorld,
  output: MemoryOutput,
): WebAssembly.Instance | undefined {
  // Nothing runs, and so nothing needs its folders.
  if (entry.preparation.length === 0) return world.instantiate(module);
  using opened = world;
  opened.open({ stdin: new MemoryInput(new Uint8Array()), stdout: output, stderr: output }, undefined);
  let instance: WebAssembly.Instance | undefined;
  let isReusable = false;
  const outcome = outcomeOf(opened.host, () => {
    instance = opened.instantiate(module);
    isReusable = opened.prepare(instance, entry);
  });
  const isSmall = opened.host.memory.size <= IMAGE_BYTES;
  return outcome.kind === 'exited' && isReusable && isSmall ? instance : undefined;
}
