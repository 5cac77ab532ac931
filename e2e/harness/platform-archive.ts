import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';

export interface PlatformArchive {
  /** `os/architecture`, as free as other tools are with it. */
  readonly platform: string;
  readonly image: string;
  /** The WebAssembly command that is the image's entrypoint, as /command.wasm. */
  readonly command: string;
  /** Folders that are in the image as well. */
  readonly folders?: readonly string[];
  /** Symbolic links that are in the image as well: path → target. */
  readonly links?: Readonly<Record<string, string>>;
}

/** Writes a docker-archive of one layer whose configuration claims the given platform. */
export async function writePlatformArchive(file: string, what: PlatformArchive): Promise<void> {
  const layer = await layerOf(what);
  const [os, architecture] = what.platform.split('/');
  const config = JSON.stringify({
    os,
    architecture,
    config: { Entrypoint: ['/command.wasm'] },
    rootfs: { type: 'layers', diff_ids: [`sha256:${createHash('sha256').update(layer).digest('hex')}`] },
  });
  const manifest = JSON.stringify([{ Config: 'config.json', RepoTags: [what.image], Layers: ['layer.tar'] }]);
  const archive = pack();
  archive.entry({ name: 'layer.tar' }, layer);
  archive.entry({ name: 'config.json' }, config);
  archive.entry({ name: 'manifest.json' }, manifest);
  archive.finalize();
  await writeFile(file, await buffer(archive));
}

async function layerOf({ command, folders = [], links = {} }: PlatformArchive): Promise<Buffer> {
  const layer = pack();
  layer.entry({ name: 'command.wasm' }, await readFile(command));
  for (const name of folders) layer.entry({ name, type: 'directory', mode: 0o755 });
  for (const [name, linkname] of Object.entries(links)) layer.entry({ name, type: 'symlink', linkname });
  layer.finalize();
  return buffer(layer);
}
