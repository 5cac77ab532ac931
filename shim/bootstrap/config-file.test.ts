import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from './config-file.ts';

describe('readConfig()', () => {
  let bundle: string;
  let file: string;
  beforeEach(() => {
    bundle = mkdtempSync(path.join(tmpdir(), 'bundle-'));
    file = path.join(bundle, 'config.json');
  });
  afterEach(() => rmSync(bundle, { recursive: true }));

  it('gives the annotations', () => {
    writeFileSync(file, '{"ociVersion": "1.1.0", "annotations": {"a": "b"}}');
    expect(readConfig(bundle)).toEqual({ annotations: { a: 'b' } });
  });

  it('gives nothing where there is no file', () => {
    expect(readConfig(bundle)).toBeUndefined();
  });

  it('passes on what is wrong with the file', () => {
    writeFileSync(file, '{\n  "annotations": nope\n}');
    expect(() => readConfig(bundle)).toThrow(`Cannot read "${file}": invalid JSON at line 2, column 18`);
  });

  it.each(['[]', 'null', '7'])('refuses %s, which is no object', (text) => {
    writeFileSync(file, text);
    expect(() => readConfig(bundle)).toThrow('expected a JSON object');
  });
});
