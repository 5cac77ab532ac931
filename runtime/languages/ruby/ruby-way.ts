import type { InterpreterWorld } from '#runtime/languages/frozen/interpreter-world.ts';
import type { StateExports } from '#runtime/wasi/expose-state.ts';
import type { InstanceImage, OpenInstance } from '#runtime/wasi/instance-image.ts';
import type { Preopen } from '#runtime/wasi/preopen.ts';

/** A build of Ruby for a worker. */
export interface RubyBuild {
  readonly module: WebAssembly.Module;
  readonly state: StateExports;
  /** Folders it knows beside those of the worker. */
  readonly library: readonly Preopen[];
}

/** A way for a worker to come by fresh state for each request. */
export interface RubyWay extends RubyBuild {
  /** What it is started with, if that is what a request does. */
  readonly args: readonly string[];
  /** What every request begins with. */
  readonly image: InstanceImage;
  /** Finds what answers a request, in an instance that holds the image; it promises where it may wait for the host. */
  readonly entryOf: (instance: WebAssembly.Instance, suspends: boolean) => () => unknown;
  /** What the worker printed while it was loaded. */
  readonly printed: Uint8Array;
  /** Where the image was made, if that can be used again by those who do not wait. */
  readonly first: { readonly world: InterpreterWorld; readonly open: OpenInstance } | undefined;
}
