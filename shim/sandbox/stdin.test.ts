import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Stdin } from './stdin.ts';

let directory: string;
let fifo: string;
/** Descriptors of the test's own, closed after it. */
let opened: number[];
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'stdin-'));
  fifo = path.join(directory, 'fifo');
  execFileSync('mkfifo', [fifo]);
  opened = [];
});
afterEach(() => {
  for (const fd of opened) closeSync(fd);
  rmSync(directory, { recursive: true });
});

/** The reading end as the container's process has it. */
function inherit(stdin: Stdin): number {
  const fd = openSync(`/proc/self/fd/${stdin.fd}`, constants.O_RDONLY | constants.O_NONBLOCK);
  opened.push(fd);
  return fd;
}

function connect(): number {
  return openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK);
}

/** What there is to read; `open` when there is nothing yet, `end` when nothing will come. */
function read(fd: number): string {
  const bytes = Buffer.alloc(100);
  try {
    const length = readSync(fd, bytes);
    return length === 0 ? 'end' : bytes.toString('utf8', 0, length);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return 'open';
    throw error;
  }
}

describe('Stdin', () => {
  it('stays open when a client lets go of it after the start, until end()', async () => {
    using stdin = await Stdin.open(fifo);
    const container = inherit(stdin);
    const first = connect();
    stdin.settle();
    closeSync(first);
    expect(read(container)).toBe('open');
    const second = connect();
    writeSync(second, 'later');
    stdin.end();
    expect(read(container)).toBe('later');
    expect(read(container)).toBe('open');
    closeSync(second);
    expect(read(container)).toBe('end');
  });

  it('gives all and then the end of an input that ended before the start', async () => {
    using stdin = await Stdin.open(fifo);
    const container = inherit(stdin);
    const client = connect();
    writeSync(client, 'all');
    closeSync(client);
    expect(read(inherit(stdin))).toBe('all');
    expect(read(container)).toBe('open');
    stdin.settle();
    expect(read(container)).toBe('end');
  });

  it('ends at the start when the client is gone before it was opened', async () => {
    using stdin = await Stdin.open(fifo);
    const container = inherit(stdin);
    expect(read(container)).toBe('open');
    stdin.settle();
    expect(read(container)).toBe('end');
  });

  it('sees that a client has gone that was there before it was opened', async () => {
    opened.push(openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK));
    const client = connect();
    using stdin = await Stdin.open(fifo);
    const container = inherit(stdin);
    closeSync(client);
    stdin.settle();
    expect(read(container)).toBe('end');
  });

  it('does not open again what end() has closed', async () => {
    using stdin = await Stdin.open(fifo);
    const container = inherit(stdin);
    const client = connect();
    stdin.end();
    stdin.settle();
    closeSync(client);
    expect(read(container)).toBe('end');
  });

  it('is at its end at once without a path', async () => {
    using stdin = await Stdin.open('');
    const container = inherit(stdin);
    stdin.settle();
    expect(read(container)).toBe('end');
  });

  it('leaves no descriptor open', async () => {
    const open = (): number => readdirSync('/proc/self/fd').length;
    const before = open();
    for (const way of ['settle', 'end'] as const) {
      using stdin = await Stdin.open(fifo);
      stdin[way]();
    }
    expect(open()).toBe(before);
  });
});
