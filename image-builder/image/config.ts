import type { Digest } from './digest.ts';
import { platformOfWorkers } from './platform.ts';

/** The parts of image-spec config.md that matter to us; keys in the order they are written. */
export interface ImageConfig {
  /** RFC 3339. */
  readonly created?: string;
  readonly architecture: string;
  readonly os: string;
  readonly config: ContainerConfig;
  readonly rootfs: { readonly type: 'layers'; readonly diff_ids: readonly Digest[] };
  readonly history?: readonly { readonly created: string; readonly created_by: string }[];
}

export interface ContainerConfig {
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly WorkingDir?: string;
}

export interface ConfigRequest {
  readonly entrypoint: readonly string[];
  /** sha256 of each uncompressed layer, bottom first. */
  readonly diffIds: readonly Digest[];
  /** Seconds since 1970 that stand for the time of the build. */
  readonly epoch: number;
}

/** Nothing in here depends on when, where or by which version the image is built. */
export function makeConfig({ entrypoint, diffIds, epoch }: ConfigRequest): ImageConfig {
  const created = new Date(epoch * 1000).toISOString().replace('.000Z', 'Z');
  return {
    created,
    architecture: platformOfWorkers.architecture,
    os: platformOfWorkers.os,
    config: { Entrypoint: entrypoint, WorkingDir: '/' },
    rootfs: { type: 'layers', diff_ids: diffIds },
    history: diffIds.map(() => ({ created, created_by: 'wasm-image build' })),
  };
}
