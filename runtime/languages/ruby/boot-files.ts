import { readFile } from 'node:fs/promises';
import path from 'node:path';

/** Where the Ruby code around a worker lies: beside this file, and in an installation beside the bundle. */
const DIRECTORY = path.join(import.meta.dirname, 'ruby-boot');

/** In the order they are evaluated in. */
const FILES = [
  'environment.rb',
  'beside.rb',
  'envelope.rb',
  'cache.rb',
  'http.rb',
  'net_http.rb',
  'serve.rb',
];

let texts: Promise<readonly (readonly [name: string, text: string])[]> | undefined;

/** Names, as backtraces show them, and texts. */
export function bootFiles(): Promise<readonly (readonly [name: string, text: string])[]> {
  texts ??= Promise.all(
    FILES.map(async (name) => [`wws/${name}`, await readFile(path.join(DIRECTORY, name), 'utf8')] as const),
  );
  return texts;
}
