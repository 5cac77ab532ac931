import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { ImageConfig } from '../image/config.ts';
import type { Digest } from '../image/digest.ts';
import { platformOfWorkers, platformText } from '../image/platform.ts';
import type { StoredImage } from '../store/stored-image.ts';
import { unpackImage } from '../store/unpack-image.ts';
import { type AppRoutes, appRoutes } from './app-routes.ts';
import { buildApp } from './build-app.ts';
import { PROJECT_ENTRYPOINT } from './entrypoint.ts';
import { type ImageStart, imageStart } from './image-start.ts';
import { type LayerContent, LayerTally } from './layer-content.ts';

/** What is in an image, or will be. */
export interface Inspection {
  /** As its place spells them. */
  readonly names: readonly string[];
  readonly platform: string;
  readonly digest: Digest;
  /** Bytes of its layers as they are stored and sent. */
  readonly size: number;
  readonly layers: readonly InspectedLayer[];
  readonly start: ImageStart;
  /** Undefined where it serves no project. */
  readonly routes: AppRoutes | undefined;
}

export interface InspectedLayer extends LayerContent {
  /** Digest of the uncompressed layer, which is the same however it is compressed. */
  readonly diffId: Digest;
  readonly compression: string;
  /** Bytes as it is stored. */
  readonly size: number;
}

interface Work {
  /** An empty directory of our own. */
  readonly workDirectory: string;
  readonly signal?: AbortSignal | undefined;
}

/** Unpacks an image, verifying it on the way, and looks at it as the runtime will. */
export async function inspectImage(image: StoredImage, { workDirectory, signal }: Work): Promise<Inspection> {
  const root = path.join(workDirectory, 'root');
  await mkdir(root);
  const tallies = image.layers.map(() => new LayerTally());
  await unpackImage(image, {
    directory: root,
    signal,
    onEntry: (layer, entry) => tallies[layer]?.add(entry),
  });
  const { config, id: digest, names } = image;
  const layers = image.layers.map(({ diffId, compression, size }, index) => ({
    ...{ diffId, compression, size },
    ...(tallies[index] ?? new LayerTally()).content,
  }));
  return {
    names,
    platform: platformText(config),
    digest,
    size: sum(layers),
    layers,
    ...(await served(config.config, root)),
  };
}

/** Builds what `wasm-image build` would of a directory, keeps nothing of it, and says what it would be. */
export async function inspectApp(
  directory: string,
  epoch: number,
  { workDirectory, signal }: Work,
): Promise<Inspection> {
  const entrypoint = PROJECT_ENTRYPOINT;
  const built = await buildApp({ directory, entrypoint, epoch, workDirectory, signal });
  const layers = built.layers.map(({ diffId, descriptor, entries }) => {
    const tally = new LayerTally();
    for (const entry of entries) tally.add(entry);
    return { diffId, compression: 'gzip', size: descriptor.size, ...tally.content };
  });
  return {
    names: [],
    platform: platformText(platformOfWorkers),
    digest: built.image.manifest.descriptor.digest,
    size: sum(layers),
    layers,
    ...(await served({ Entrypoint: entrypoint }, directory)),
  };
}

async function served(
  config: ImageConfig['config'],
  root: string,
): Promise<Pick<Inspection, 'start' | 'routes'>> {
  const start = await imageStart(config, root);
  return { start, routes: start.kind === 'project' ? await appRoutes({ root, ...start }) : undefined };
}

function sum(layers: readonly InspectedLayer[]): number {
  return layers.reduce((total, { size }) => total + size, 0);
}
