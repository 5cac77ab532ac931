import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { codec } from '#proto/codec.ts';
import { fromTimestamp } from '#proto/timestamp.ts';
import { encodeDeleteResponse, readExit, writeExit } from './exit-file.ts';

const deleteResponse = codec('containerd.task.v2.DeleteResponse');

describe('encodeDeleteResponse()', () => {
  it('is what the task service answers', () => {
    const milliseconds = fc.integer({ min: 1, max: 2 ** 42 });
    fc.assert(
      fc.property(fc.nat(), fc.nat(255), milliseconds, (pid, status, at) => {
        const decoded = deleteResponse.decode(encodeDeleteResponse(pid, { status, at: new Date(at) }));
        expect(decoded).toMatchObject({ pid, exitStatus: status });
        expect(decoded.exitedAt && fromTimestamp(decoded.exitedAt).getTime()).toBe(at);
      }),
    );
  });
});

describe('readExit()', () => {
  let bundle: string;
  beforeEach(() => {
    bundle = mkdtempSync(path.join(tmpdir(), 'bundle-'));
  });
  afterEach(() => rmSync(bundle, { recursive: true }));

  it('gives what was written', () => {
    const exit = { status: 7, at: new Date(1_700_000_000_123) };
    writeExit(bundle, 42, exit);
    expect(readExit(bundle)).toEqual(Buffer.from(encodeDeleteResponse(42, exit)));
  });

  it('gives nothing where nothing was written', () => {
    expect(readExit(bundle)).toBeUndefined();
    expect(readExit(path.join(bundle, 'gone'))).toBeUndefined();
  });

  it.each([[[]], [[0x1a, 9, 1]]])('gives nothing for the damaged file %j', (bytes) => {
    writeFileSync(path.join(bundle, 'wws-exit.pb'), Uint8Array.from(bytes));
    expect(readExit(bundle)).toBeUndefined();
  });
});
