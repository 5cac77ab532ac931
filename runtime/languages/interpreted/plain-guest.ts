import path from 'node:path';
import { loadModuleGuest, type ModuleGuest } from '#runtime/worker/module-guest.ts';
import type { InterpretedSpec } from './interpreted-spec.ts';
import { MAXIMUM_BYTES } from './interpreter-files.ts';
import { makeSourceDirectory, SOURCE_MOUNT } from './source-directory.ts';

/**
 * Loads a worker of any language the way wws did (wws §4): for every request the interpreter is started, with the
 * worker in its wrapper as `/src/index.EXT`, the request on stdin and the answer on stdout.
 *
 * @throws Error naming a file and the reason
 */
export async function loadPlainGuest(spec: InterpretedSpec): Promise<ModuleGuest> {
  const { binary, args, envs, library } = spec.interpreter;
  const source = await makeSourceDirectory(spec);
  const name = path.basename(binary.file);
  return await loadModuleGuest(spec, {
    program: {
      file: binary.file,
      args,
      env: envs,
      folders: [...library.folders, { guestPath: SOURCE_MOUNT, hostPath: source, writable: false }],
      reading: { name, size: MAXIMUM_BYTES, sha256: binary.sha256 },
    },
  });
}
