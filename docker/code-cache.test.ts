import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Script } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addCodeCache, WRAPPER } from './code-cache.ts';

describe('addCodeCache()', () => {
  let directory: string;
  let program: string;
  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'code-cache-'));
    program = path.join(directory, 'program');
    const source = "process.stdout.write([__dirname, require('node:path').sep, process.argv[2]].join(' '));";
    await writeFile(`${program}.bundle`, `${WRAPPER.banner}${source}${WRAPPER.footer}`);
    await addCodeCache(program);
  });
  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  const run = (): string =>
    execFileSync(process.execPath, [`${program}.cjs`, 'argument'], { encoding: 'utf8' });

  it('makes a program that runs as a CommonJS module at its own place', () => {
    expect(run()).toBe(`${directory} / argument`);
  });

  it('writes a cache that V8 accepts', async () => {
    const source = await readFile(`${program}.bundle`, 'utf8');
    const cachedData = await readFile(`${program}.cache`);
    expect(new Script(source, { cachedData }).cachedDataRejected).toBe(false);
  });

  it('leaves a program that runs without the cache when that is of another build', async () => {
    await writeFile(`${program}.cache`, 'not a cache');
    expect(run()).toBe(`${directory} / argument`);
  });
});
