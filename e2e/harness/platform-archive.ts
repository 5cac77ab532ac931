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
}

/** Writes a docker-archive of one layer whose configuration claims the given platform. */
export async function writePlatformArchive(file: string, what: PlatformArchive): Promise<void> {
  const layer = await tar({ 'command.wasm': await readFile(what.command) });
  const [os, architecture] = what.platform.split('/');
  const config = JSON.stringify({
    os,
    architecture,
    config: { Entrypoint: ['/command.wasm'] },
    rootfs: { type: 'layers', diff_ids: [`sha256:${createHash('sha256').update(layer).digest('hex')}`] },
  });
  const manifest = JSON.stringify([{ Config: 'config.json', RepoTags: [what.image], Layers: ['layer.tar'] }]);
  const entries = {
    'layer.tar': layer,
    'config.json': Buffer.from(config),
    'manifest.json': Buffer.from(manifest),
  };
  await writeFile(file, await tar(entries));
}

async function tar(entries: Readonly<Record<string, Buffer>>): Promise<Buffer> {
  const archive = pack();
  for (const [name, content] of Object.entries(entries)) archive.entry({ name }, content);
  archive.finalize();
  return buffer(archive);
}
