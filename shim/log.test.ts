import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatLine, Log } from './log.ts';

const at = new Date('2026-11-21T02:00:00.000Z');

describe('formatLine()', () => {
  it('writes what logrus would', () => {
    expect(formatLine(at, 'warning', 'a "b"\nc', { id: 'web-1', reason: 'no such file' })).toBe(
      'time="2026-11-21T02:00:00.000Z" level=warning msg="a \\"b\\"\\nc" id=web-1 reason="no such file"\n',
    );
  });

  it('is one line of at most 4096 bytes whatever the message', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ minLength: 4000, maxLength: 9000 }));
    fc.assert(
      fc.property(text, (message) => {
        const line = formatLine(at, 'error', message, { id: 'x' });
        expect(Buffer.byteLength(line)).toBeLessThanOrEqual(4096);
        expect(line.indexOf('\n')).toBe(line.length - 1);
      }),
    );
  });
});

describe('Log', () => {
  let directory: string;
  let fd: number;
  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'log-'));
    execFileSync('mkfifo', [path.join(directory, 'log')]);
    fd = openSync(path.join(directory, 'log'), constants.O_RDWR | constants.O_NONBLOCK);
  });
  afterEach(() => {
    closeSync(fd);
    rmSync(directory, { recursive: true });
  });

  it('drops lines while the pipe is full and says how many once it is read again', () => {
    const log = new Log({ fd, fields: { namespace: 'k8s.io' } });
    for (let written = 0; written < 100; written++) log.info('x'.repeat(2000));
    const buffer = Buffer.alloc(1 << 20);
    const before = readSync(fd, buffer);
    const lines = buffer.toString('utf8', 0, before).split('\n').length - 1;
    log.warn('back');
    const after = buffer.toString('utf8', 0, readSync(fd, buffer));
    expect(after).toContain(
      `level=warning msg=back namespace=k8s.io dropped=${100 - lines}`.replace('back', '"back"'),
    );
    log.info('again');
    expect(buffer.toString('utf8', 0, readSync(fd, buffer))).not.toContain('dropped');
  });

  it('writes debug lines only when asked to', () => {
    new Log({ fd }).debug('hidden');
    new Log({ fd, debug: true }).debug('shown');
    const buffer = Buffer.alloc(4096);
    const text = buffer.toString('utf8', 0, readSync(fd, buffer));
    expect(text).toContain('shown');
    expect(text).not.toContain('hidden');
  });
});
