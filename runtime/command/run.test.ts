import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { constants, createReadStream } from 'node:fs';
import { mkdtemp, open, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Preopen } from '#runtime/wasi/preopen.ts';
import { moduleOf, startingModule, typeSection } from '#runtime/wasi/testdata/binary.ts';
import { compileC } from '#runtime/wasi/testdata/compile-c.ts';

let directory: string;
let file: string;

beforeAll(async () => {
  directory = await realpath(await mkdtemp(path.join(tmpdir(), 'command-')));
  file = await compileC({ source: 'command', into: directory });
});

afterAll(() => rm(directory, { recursive: true, force: true }));

interface Options {
  readonly file?: string;
  readonly env?: readonly string[];
  readonly preopens?: readonly Preopen[];
  readonly stdin?: 'pipe' | number;
  readonly stdout?: 'pipe' | number;
}

/** Starts a process that runs the command; `args` come after its own name. */
function start(args: readonly string[], options: Options = {}): ChildProcess {
  const { env = [], preopens = [], stdin = 'pipe', stdout = 'pipe' } = options;
  const spec = { file: options.file ?? file, args: ['command', ...args], env, preopens };
  const driver = path.join(import.meta.dirname, 'testdata', 'driver.ts');
  return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', driver, JSON.stringify(spec)], {
    stdio: [stdin, stdout, 'pipe'],
  });
}

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

async function end(child: ChildProcess): Promise<Ended> {
  const [code, signal] = await once(child, 'exit');
  return { code, signal };
}

async function run(
  args: readonly string[],
  options: Options = {},
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const child = start(args, options);
  child.stdin?.end();
  const [{ code }, stdout, stderr] = await Promise.all([
    end(child),
    child.stdout ? text(child.stdout) : '',
    child.stderr ? text(child.stderr) : '',
  ]);
  return { code, stdout, stderr };
}

/** The child's next output; asked for before its cause, since what nobody listens for is lost. */
async function firstLine(child: ChildProcess): Promise<string> {
  const [chunk] = await once(child.stdout ?? child, 'data');
  return String(chunk);
}

async function makeFifo(name: string): Promise<string> {
  const fifo = path.join(directory, name);
  await promisify(execFile)('mkfifo', [fifo]);
  return fifo;
}

describe('runCommand()', () => {
  it('hands over arguments and exactly the environment', async () => {
    expect(await run(['args', 'a b', ''])).toEqual({ code: 0, stdout: 'command\nargs\na b\n\n', stderr: '' });
    const { stdout } = await run(['env'], { env: ['A=1', 'B=x=y'] });
    expect(stdout).toBe('A=1\nB=x=y\n');
  });

  it.each([
    ['7', 7],
    ['300', 44],
    ['-1', 255],
  ])('exits with eight bits of %s', async (asked, seen) => {
    expect((await run(['exit', asked])).code).toBe(seen);
  });

  it('reports a trap with the name of the module and the functions it was in, and exits 134', async () => {
    const { code, stderr } = await run(['trap']);
    expect(code).toBe(134);
    expect(stderr).toMatch(/^wasm trap: unreachable in "command\.wasm"\n {4}at main \(wasm:/);
  });

  it('copies stdin to stdout to its end', async () => {
    const child = start(['cat']);
    const sent = Buffer.alloc(3_000_000, 'All work and no play. ');
    child.stdin?.end(sent);
    const received = await text(child.stdout ?? process.stdin);
    expect(digest(received)).toBe(digest(sent));
    expect(child.stdin?.writableFinished).toBe(true);
  });

  it('loses nothing to a non-blocking fifo whose reader is slow', async () => {
    const fifo = await makeFifo('slow');
    await using held = await open(fifo, constants.O_RDWR | constants.O_NONBLOCK);
    const child = start(['flood', '2000000'], { stdout: held.fd });
    const ended = end(child);
    const hash = createHash('sha256');
    let size = 0;
    // Small reads leave the pipe full nearly all the time.
    for await (const chunk of createReadStream(fifo, { highWaterMark: 1000 })) {
      hash.update(chunk);
      size += chunk.length;
      if (size === 2_000_000) break;
    }
    expect(hash.digest('hex')).toBe(digest(alphabet(2_000_000)));
    expect((await ended).code).toBe(0);
  });

  it('waits for the first writer of a fifo on stdin, and for the last one to leave', async () => {
    const fifo = await makeFifo('late');
    await using reader = await open(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
    const child = start(['prompt'], { stdin: reader.fd });
    const ended = end(child);
    expect(await firstLine(child)).toBe('ready\n');
    const writer = await open(fifo, constants.O_WRONLY);
    for (const word of ['one', 'two']) {
      const echo = firstLine(child);
      await writer.write(word);
      expect(await echo).toBe(word);
    }
    await writer.close();
    expect((await ended).code).toBe(0);
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGUSR1', 138],
  ] as const)('ends a spinning command by %s with %d', async (signal, code) => {
    const child = start(['spin']);
    const ended = end(child);
    expect(await firstLine(child)).toBe('spinning\n');
    child.kill(signal);
    expect(await ended).toEqual({ code, signal: null });
  });

  it('ends a command by SIGTERM that reads, sleeps, or writes to nobody', async () => {
    const reading = start(['prompt']);
    const sleeping = start(['sleep']);
    const writing = start(['flood', '10000000']);
    const ended = [reading, sleeping, writing].map(end);
    expect(await Promise.all([reading, sleeping].map(firstLine))).toEqual(['ready\n', 'sleeping\n']);
    await once(writing.stdout ?? writing, 'readable');
    for (const child of [reading, sleeping, writing]) child.kill('SIGTERM');
    const terminated = { code: 143, signal: null };
    expect(await Promise.all(ended)).toEqual([terminated, terminated, terminated]);
  });

  it('tells the command that nobody reads any more', async () => {
    const child = start(['flood', '10000000']);
    const stderr = text(child.stderr ?? process.stdin);
    const ended = end(child);
    child.stdout?.destroy();
    expect((await ended).code).toBe(1);
    expect(await stderr).toBe('write: Broken pipe\n');
  });

  it('does not pass a pipe off as a terminal', async () => {
    expect((await run(['tty'])).stdout).toBe('no tty\n');
  });

  it('writes to a writable folder and is refused by a read-only one', async () => {
    const folder = { guestPath: '/data', hostPath: directory };
    const writable = await run(['write-file', '/data/out.txt', 'written'], {
      preopens: [{ ...folder, writable: true }],
    });
    expect(writable).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await readFile(path.join(directory, 'out.txt'), 'utf8')).toBe('written');
    const readOnly = { preopens: [{ ...folder, writable: false }] };
    expect((await run(['write-file', '/data/out.txt', 'x'], readOnly)).stdout).toBe(
      'Read-only file system\n',
    );
    expect((await run(['read-file', '/data/out.txt'], readOnly)).stdout).toBe('written');
  });

  it('refuses a module without _start, one without memory, and a folder that is not there', async () => {
    const library = path.join(directory, 'library.wasm');
    await writeFile(library, moduleOf(typeSection));
    expect((await run([], { file: library })).stderr).toBe(
      'Cannot run "library.wasm": it exports no function "_start", so it is no command\n',
    );
    const hostPath = path.join(directory, 'absent');
    const preopens = [{ guestPath: '/absent', hostPath, writable: false }];
    expect((await run([], { preopens })).stderr).toBe('Cannot open folder "/absent": no such directory\n');
  });

  it('runs a command that needs nothing of the host', async () => {
    const bare = path.join(directory, 'bare.wasm');
    await writeFile(bare, startingModule(0x0b));
    expect((await run([], { file: bare })).code).toBe(0);
  });
});

function digest(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** What `flood` writes: the letters over and over, anew every 100 000 bytes. */
function alphabet(size: number): string {
  const block = Array.from({ length: 100_000 }, (_, i) => 'abcdefghijklmnopqrstuvwxyz'[i % 26]).join('');
  return block.repeat(Math.ceil(size / block.length)).slice(0, size);
}
