import path from 'node:path';
import { assembleImage, type Image, type Layer } from '../image/image.ts';
import type { LayerEntry } from '../layer/entry.ts';
import { writeLayer } from '../layer/write.ts';
import { addSnapshots } from './add-snapshots.ts';
import { planLayers } from './plan-layers.ts';
import { type AppContent, readApp } from './read-app.ts';

export interface BuildRequest {
  /** The app's directory. */
  readonly directory: string;
  readonly entrypoint: readonly string[];
  /** Seconds since 1970 that stand for every time in the image. */
  readonly epoch: number;
  /** An empty directory for the layers, which the image reads from as long as it is used. */
  readonly workDirectory: string;
  /** Directory with interpreters as they are once started, which the runtime finds in the image. */
  readonly snapshots?: string | undefined;
  /** Absolute path of a file that stays out. */
  readonly exclude?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface BuiltApp {
  readonly image: Image;
  /** Those of the image, each with the digest of what it holds and the entries it was made of. */
  readonly layers: readonly BuiltLayer[];
  readonly content: AppContent;
}

export interface BuiltLayer extends Layer {
  readonly entries: readonly LayerEntry[];
}

/** Makes an image of an app's directory: the same files give the same digest, wherever and whenever. */
export async function buildApp(request: BuildRequest): Promise<BuiltApp> {
  const { directory, entrypoint, epoch, workDirectory, snapshots, exclude, signal } = request;
  const read = await readApp(directory, { exclude, signal });
  const content =
    snapshots === undefined ? read : { ...read, entries: await addSnapshots(read.entries, snapshots) };
  const layers: BuiltLayer[] = [];
  for (const [index, entries] of planLayers(content.entries).entries()) {
    const file = path.join(workDirectory, `layer-${index}.tar.gz`);
    layers.push({ ...(await writeLayer(entries, { file, mtime: epoch, signal })), entries });
  }
  return { image: assembleImage({ layers, entrypoint, epoch }), layers, content };
}
