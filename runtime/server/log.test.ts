import { execFile } from 'node:child_process';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LogWriter } from './log.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'wws-log-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

describe('LogWriter', () => {
  it('writes what is logged in order, entry by entry', async () => {
    const file = path.join(directory, 'log');
    await using handle = await open(file, 'w');
    const log = new LogWriter(handle.fd);
    log.line('one\nmore');
    log.said('a.js', Buffer.from('two\nthree\n'));
    log.said('a.js', new Uint8Array());
    log.record('four');
    await log.flush(10_000);
    expect(await readFile(file, 'utf8')).toBe('one\n    more\na.js | two\na.js | three\nfour\n');
  });

  it('drops what a worker printed when its names would make it longer than the bound', async () => {
    const file = path.join(directory, 'log');
    await using handle = await open(file, 'w');
    const log = new LogWriter(handle.fd, 'text', { logBytes: 1_000 });
    log.said('a.js', Buffer.from(`${'\n'.repeat(500)}x`));
    log.line('next');
    await log.flush(10_000);
    expect(await readFile(file, 'utf8')).toBe('next\nDropped 1 log entries: nobody read them\n');
  });

  it('writes one JSON object per line when asked to', async () => {
    const file = path.join(directory, 'log');
    await using handle = await open(file, 'w');
    const log = new LogWriter(handle.fd, 'json');
    log.line('a "message"\nof two lines');
    log.said('a.js', Buffer.from('said\n'));
    log.record('{"type":"access"}');
    await log.flush(10_000);
    const entries = (await readFile(file, 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(entries).toEqual([
      { type: 'message', message: 'a "message"\nof two lines' },
      { type: 'stderr', worker: 'a.js', text: 'said\n' },
      { type: 'access' },
    ]);
  });

  it('keeps to its bound when nobody reads, and tells how much was lost', async () => {
    const pipe = path.join(directory, 'pipe');
    await promisify(execFile)('mkfifo', [pipe]);
    const fd = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
    try {
      const log = new LogWriter(fd, 'text', { logBytes: 100_000 });
      const line = 'x'.repeat(999);
      for (let index = 0; index < 1_000; index += 1) log.line(line);
      const read = Buffer.alloc(1_048_576);
      let text = '';
      const flushed = log.flush(20_000);
      while (!text.includes('Dropped')) {
        await new Promise(setImmediate);
        text += readSome(fd, read);
      }
      await flushed;
      const lines = text.trimEnd().split('\n');
      expect(lines.at(-1)).toBe('Dropped 900 log entries: nobody read them');
      expect(lines.filter((one) => one === line)).toHaveLength(100);
    } finally {
      closeSync(fd);
    }
  });

  it('gives up flushing when nobody reads', async () => {
    const pipe = path.join(directory, 'pipe');
    await promisify(execFile)('mkfifo', [pipe]);
    const fd = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
    try {
      const log = new LogWriter(fd);
      for (let index = 0; index < 500; index += 1) log.line('x'.repeat(999));
      await log.flush(100);
    } finally {
      closeSync(fd);
    }
  });
});

function readSome(fd: number, into: Buffer): string {
  try {
    return into.toString('utf8', 0, readSync(fd, into));
  } catch {
    return '';
  }
}
