import path from 'node:path';
import { assembleImage, type Image } from '../image/image.ts';
import { writeLayer } from '../layer/write.ts';
import { type AppContent, readApp } from './read-app.ts';

export interface BuildRequest {
  /** The app's directory. */
  readonly directory: string;
  readonly entrypoint: readonly string[];
  /** Seconds since 1970 that stand for every time in the image. */
  readonly epoch: number;
  /** An empty directory for the layer, which the image reads from as long as it is used. */
  readonly workDirectory: string;
  /** Absolute path of a file that stays out. */
  readonly exclude?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface BuiltApp {
  readonly image: Image;
  readonly content: AppContent;
}

/** Makes an image of an app's directory: the same files give the same digest, wherever and whenever. */
export async function buildApp(request: BuildRequest): Promise<BuiltApp> {
  const { directory, entrypoint, epoch, workDirectory, exclude, signal } = request;
  const content = await readApp(directory, { exclude, signal });
  const file = path.join(workDirectory, 'layer.tar.gz');
  const layer = await writeLayer(content.entries, { file, mtime: epoch, signal });
  return { image: assembleImage({ layers: [layer], entrypoint, epoch }), content };
}
