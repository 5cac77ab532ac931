import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WasiHost } from '../host.ts';
import { MemoryInput, MemoryOutput } from '../memory-stdio.ts';
import { runModule } from '../run-module.ts';
import { compileC } from '../testdata/compile-c.ts';

const run = promisify(execFile);
const INPUT = 'from stdin';

let directory: string;

beforeEach(() => {
  directory = realpathSync(mkdtempSync(path.join(tmpdir(), 'wasi-libc-')));
  for (const name of ['linux', 'wasi']) mkdirSync(path.join(directory, name));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

/** What the program says on Linux, its streams being pipes. */
async function onLinux(source: string): Promise<string[]> {
  const program = path.join(directory, 'program');
  const file = path.join(import.meta.dirname, '../testdata', `${source}.c`);
  await run('clang', ['-O1', '-w', '-D_GNU_SOURCE', '-o', program, file]);
  const pipes = `printf '%s' '${INPUT}' | "$0" | cat`;
  const { stdout } = await run('sh', ['-c', pipes, program], { cwd: path.join(directory, 'linux') });
  return stdout.split('\n');
}

/** What it says as a guest, and how it ended. */
async function asGuest(source: string): Promise<{ readonly said: string[]; readonly outcome: unknown }> {
  const file = await compileC({ source, into: directory, flags: ['-w', '-D_GNU_SOURCE'] });
  const module = await WebAssembly.compile(readFileSync(file));
  using host = new WasiHost({
    args: [],
    env: [],
    preopens: [{ guestPath: '/', hostPath: path.join(directory, 'wasi'), writable: true }],
    descriptors: 64,
  });
  const stdout = new MemoryOutput({ name: 'stdout', limit: 1 << 20, beyond: 'stop' });
  host.open({ stdin: new MemoryInput(Buffer.from(INPUT)), stdout, stderr: stdout });
  const outcome = runModule(module, host);
  return { said: Buffer.from(stdout.contents()).toString().split('\n'), outcome };
}

describe('a C program', () => {
  it('finds files, directories, streams and clocks as on Linux', async () => {
    const [expected, { said, outcome }] = await Promise.all([onLinux('posix'), asGuest('posix')]);
    expect(said).toEqual(expected);
    expect(said.length).toBeGreaterThan(100);
    expect(outcome).toEqual({ kind: 'exited', code: 42 });
  });
});
