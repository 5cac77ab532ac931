import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { generate } from './generate.ts';

const directory = path.join(import.meta.dirname, 'gen');

it('proto/gen is what the .proto files generate', async () => {
  const wanted = await generate();
  expect((await readdir(directory)).sort()).toEqual([...wanted.keys()].sort());
  for (const [name, text] of wanted) {
    expect(await readFile(path.join(directory, name), 'utf8'), name).toBe(text);
  }
});
