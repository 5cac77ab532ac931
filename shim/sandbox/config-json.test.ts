import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MAX_CONFIG_BYTES, readConfigJson } from './config-json.ts';

describe('readConfigJson()', () => {
  let bundle: string;
  let file: string;
  beforeEach(() => {
    bundle = mkdtempSync(path.join(tmpdir(), 'bundle-'));
    file = path.join(bundle, 'config.json');
  });
  afterEach(() => rmSync(bundle, { recursive: true }));

  it('gives whatever the JSON is', () => {
    for (const value of [{ a: [1] }, null, 'text']) {
      writeFileSync(file, JSON.stringify(value));
      expect(readConfigJson(bundle)).toEqual({ value });
    }
  });

  it('gives nothing where there is no file', () => {
    expect(readConfigJson(bundle)).toBeUndefined();
  });

  it('reads up to the limit, and names file, size and limit beyond it', () => {
    writeFileSync(file, `"${'x'.repeat(MAX_CONFIG_BYTES - 2)}"`);
    expect(readConfigJson(bundle)).toMatchObject({ value: expect.any(String) });
    truncateSync(file, MAX_CONFIG_BYTES + 1);
    expect(() => readConfigJson(bundle)).toThrow(
      `Cannot read "${file}": it has 8388609 bytes, the limit is 8388608`,
    );
  });

  it('names file and position of a mistake', () => {
    writeFileSync(file, '{\n  "annotations": nope\n}');
    expect(() => readConfigJson(bundle)).toThrow(`Cannot read "${file}": invalid JSON at line 2, column 18`);
  });

  it('refuses a folder, and a fifo without waiting for its writer', () => {
    mkdirSync(file);
    expect(() => readConfigJson(bundle)).toThrow(`Cannot read "${file}": it is no regular file`);
    rmSync(file, { recursive: true });
    execFileSync('mkfifo', [file]);
    expect(() => readConfigJson(bundle)).toThrow(`Cannot read "${file}": it is no regular file`);
  });

  it('says why a file cannot be opened', () => {
    writeFileSync(path.join(bundle, 'file'), '');
    expect(() => readConfigJson(path.join(bundle, 'file'))).toThrow(/Cannot read ".*config\.json": ENOTDIR/);
  });
});
