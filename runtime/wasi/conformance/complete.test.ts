import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BinaryReader, readSections } from '../binary.ts';
import { Errno } from '../errno.ts';
import { WASI_MODULE } from '../host.ts';
import { isPreview1Function } from '../preview1-names.ts';
import { Right } from '../rights.ts';
import { compileC } from '../testdata/compile-c.ts';
import { DrivenGuest } from '../testdata/driven-guest.ts';
import { errnoCases, errors, functionNames, parameters, rightFlags } from './witx.ts';

/** The type of each function a module imports from preview1, e.g. `i32 i64 -> i32`. */
function importedTypes(module: Uint8Array): Map<string, string> {
  const sections = readSections(module);
  const types: string[] = [];
  const imports = new Map<string, string>();
  const vector = (id: number, item: (reader: BinaryReader) => void): void => {
    const body = sections.find((section) => section.id === id)?.body ?? Uint8Array.of(0);
    const reader = new BinaryReader(body);
    for (let left = reader.unsigned(); left > 0; left--) item(reader);
  };
  const names: Record<number, string> = { 127: 'i32', 126: 'i64' };
  const list = (reader: BinaryReader): string =>
    [...reader.bytes(reader.unsigned())].map((type) => names[type]).join(' ');
  vector(1, (reader) => {
    reader.byte();
    types.push(`${list(reader)} -> ${list(reader)}`);
  });
  vector(2, (reader) => {
    const isPreview1 = reader.name() === WASI_MODULE;
    const name = reader.name();
    expect(reader.byte()).toBe(0);
    const type = types[reader.unsigned()] ?? '';
    if (isPreview1) imports.set(name, type);
  });
  return imports;
}

function typeOf(name: keyof typeof parameters): string {
  return `${parameters[name].join(' ')} -> ${name === 'proc_exit' ? '' : 'i32'}`;
}

describe('wasi_snapshot_preview1', () => {
  let directory: string;

  beforeAll(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'wasi-complete-'));
  });

  afterAll(() => {
    rmSync(directory, { recursive: true });
  });

  it('has 46 functions, and the host has every one of them', () => {
    using guest = new DrivenGuest();
    expect(functionNames).toHaveLength(46);
    expect(Object.keys(guest.host.imports).sort()).toEqual([...functionNames].sort());
    expect(functionNames.every(isPreview1Function)).toBe(true);
    expect(isPreview1Function('sock_open')).toBe(false);
  });

  it('has the types that a C library of its own expects', async () => {
    const module = await compileC({ source: 'every-function', into: directory });
    const imported = importedTypes(readFileSync(module));
    expect([...imported.keys()].sort()).toEqual([...functionNames].sort());
    for (const name of functionNames) expect([name, imported.get(name)]).toEqual([name, typeOf(name)]);
  });

  it('has its error numbers', () => {
    const names = errnoCases.map((name) => (name === '2big' ? 'toobig' : name));
    expect(Errno).toEqual(Object.fromEntries(names.map((name, number) => [name, number])));
  });

  it('has its rights', () => {
    const names = rightFlags.map((flag) =>
      flag.replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
    );
    expect(Right).toEqual(Object.fromEntries(names.map((name, bit) => [name, 1n << BigInt(bit)])));
  });

  it('has tests for every function, and for errors that there are', () => {
    const tests = globSync('*.test.ts', { cwd: import.meta.dirname })
      .map((file) => readFileSync(path.join(import.meta.dirname, file), 'utf8'))
      .join('\n');
    const inLoops = ['fd_datasync', 'fd_sync'];
    const tested = [...tests.matchAll(/^\s*conform\('(\w+)'/gm)].map(([, name]) => name);
    expect([...tested, ...inLoops].sort()).toEqual([...functionNames].sort());
    for (const list of Object.values(errors)) {
      for (const errno of list.split(' ').filter(Boolean)) expect(Object.keys(Errno)).toContain(errno);
    }
  });
});
