/** Writes `proto/gen` from the .proto files beside this one: types for TypeScript, descriptors for the codec. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import protobuf from 'protobufjs';
import { emitTypes } from './emit-types.ts';

const here = import.meta.dirname;

/** What `proto/gen` must hold: text by file name. */
export async function generate(): Promise<ReadonlyMap<string, string>> {
  const root = new protobuf.Root();
  const sources = (await readdir(here)).filter((name) => name.endsWith('.proto')).sort();
  // Imports are not followed: all files share one root, so protobufjs never brings its own well-known types.
  for (const name of sources) protobuf.parse(await readFile(path.join(here, name), 'utf8'), root);
  root.resolveAll();
  return new Map([['descriptors.json', `${JSON.stringify(root.toJSON())}\n`], ...emitTypes(root)]);
}

if (import.meta.main) {
  const directory = path.join(here, 'gen');
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory);
  for (const [name, text] of await generate()) await writeFile(path.join(directory, name), text);
}
