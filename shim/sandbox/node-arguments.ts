import type { ResourcesSpec } from './spec-resources.ts';

const MEBIBYTE = 1024 * 1024;

/** What JavaScript may take of a container's memory; the rest is for Wasm memories, code and buffers. */
const HEAP_SHARE = 0.5;
/** Below this Node does not come up. */
const MIN_HEAP_MEBIBYTES = 16;

/** Node's command line in a jail: Node cannot see the limit of its cgroup there, and must be told. */
export function nodeArguments({ memory: { limit } }: ResourcesSpec, script: string): readonly string[] {
  const heap =
    limit !== undefined && limit > 0
      ? [`--max-old-space-size=${Math.max(MIN_HEAP_MEBIBYTES, Math.floor((limit / MEBIBYTE) * HEAP_SHARE))}`]
      : [];
  // SIGUSR1 would open a debugger to whoever is in the container's network.
  return ['--disable-warning=ExperimentalWarning', '--disable-sigusr1', ...heap, script];
}
