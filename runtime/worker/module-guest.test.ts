import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importSection, moduleOf, name, section, typeSection } from '#runtime/wasi/testdata/binary.ts';
import { compileC } from '#runtime/wasi/testdata/compile-c.ts';
import { describeModuleGuest } from './module-guest.contract.ts';
import { loadModuleGuest, type ModuleGuest } from './module-guest.ts';
import { describeModuleHttp } from './module-http.contract.ts';
import { ask, body, refused } from './testdata/asking.ts';
import { guestSpec } from './testdata/guest-spec.ts';

describeModuleGuest('new instance', (spec) => loadModuleGuest(spec, { rung: 'new' }));

describeModuleGuest('kept instance', async (spec) => {
  const guest = await loadModuleGuest(spec);
  expect(guest.rung).toBe('kept');
  return guest;
});

describeModuleHttp('new instance', (spec) => loadModuleGuest(spec, { rung: 'new' }));

describeModuleHttp('kept instance', async (spec) => {
  const guest = await loadModuleGuest(spec);
  expect(guest.rung).toBe('kept');
  return guest;
});

/** The instruction. */
const END = 0x0b;

let directory: string;

beforeAll(async () => {
  directory = await realpath(await mkdtemp(path.join(tmpdir(), 'module-guest-')));
});

afterAll(() => rm(directory, { recursive: true, force: true }));

function load({ file }: { readonly file: string }): Promise<ModuleGuest> {
  return loadModuleGuest(guestSpec({ file }));
}

async function write(name: string, bytes: Uint8Array | string): Promise<string> {
  const file = path.join(directory, name);
  await writeFile(file, bytes);
  return file;
}

/** Loads a command that does nothing, with this memory and further sections. */
async function loadWith(file: string, memory: readonly number[], ...more: (readonly number[])[]) {
  const code = [
    typeSection,
    section(3, 1, 0),
    section(7, 1, ...name('_start'), 0, 0),
    section(10, 1, 2, 0, END),
  ];
  const sections = [...code, section(5, 1, ...memory), ...more].sort(([a = 0], [b = 0]) => a - b);
  return await load({ file: await write(file, moduleOf(...sections)) });
}

describe('the rung of a module', () => {
  it('is a kept instance however much memory it starts with', async () => {
    expect((await loadWith('small.wasm', [0, 1])).rung).toBe('kept');
    expect((await loadWith('large.wasm', [0, 1024])).rung).toBe('kept');
  });

  it('is a new instance when a global begins as NaN', async () => {
    const nan = section(6, 1, 0x7d, 1, 0x43, 1, 0, 0xc0, 0x7f, 0x0b);
    expect((await loadWith('nan.wasm', [0, 1], nan)).rung).toBe('new');
  });

  it('is a new instance when it can change its table', async () => {
    const bytes = moduleOf(
      typeSection,
      section(3, 1, 0),
      section(4, 1, 0x70, 0, 1),
      section(7, 1, ...name('_start'), 0, 0),
      section(10, 1, 8, 0, 0x41, 0, 0xd0, 0x70, 0x26, 0, 0x0b),
    );
    const guest = await load({ file: await write('table.wasm', bytes) });
    expect(guest.rung).toBe('new');
    expect(refused(ask(guest, '/'))).toBe('stdout is empty');
  });

  it('is a new instance when it cannot be instantiated, which every request is told', async () => {
    const outOfBounds = section(11, 1, 0, 0x41, 0x7f, 0x0b, 1, 1);
    const guest = await loadWith('data.wasm', [0, 1], outOfBounds);
    expect(guest.rung).toBe('new');
    for (let i = 0; i < 2; i++) expect(refused(ask(guest, '/'))).toMatch(/^Trapped: .*out of bounds/);
  });
});

describe('attack 58: sockets of WASI', () => {
  it('open no way beside the rules for requests: no descriptor is a socket, and none can be made', async () => {
    const from = path.join(import.meta.dirname, 'testdata');
    const file = await compileC({ source: 'sockets', from, into: directory });
    const folder = { guestPath: '/data', hostPath: directory, writable: true };
    const guest = await loadModuleGuest(guestSpec({ file, folders: [folder] }));
    // badf and notsock
    expect(body(ask(guest, '/'))).toBe('8 57 ');
    for (const call of ['sock_open', 'sock_connect', 'sock_bind', 'sock_listen', 'sock_getaddrinfo']) {
      const imports = importSection('wasi_snapshot_preview1', call);
      const extended = await write(`${call}.wasm`, moduleOf(typeSection, imports));
      await expect(load({ file: extended })).rejects.toThrow('which is not provided');
    }
  });
});

describe('loadModuleGuest()', () => {
  it('names file, reason and offset of bytes that are no module', async () => {
    const file = await write('text.wasm', 'not wasm at all');
    await expect(load({ file })).rejects.toThrow(
      /^Cannot compile "text\.wasm": expected magic word .* at offset 0$/,
    );
  });

  it('names the offset in the file as it is, debug information or not', async () => {
    // An empty custom section, then a function section that promises a body and gives none.
    const bytes = moduleOf([0, 3, 1, 0x78, 0x78], typeSection, [3, 2, 1, 0]);
    const file = await write('half.wasm', bytes);
    await expect(load({ file })).rejects.toThrow(/^Cannot compile "half\.wasm": .* at offset 23$/);
  });

  it('says that a component is none of its business', async () => {
    const file = await write('component.wasm', Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0));
    await expect(load({ file })).rejects.toThrow('it is a component, expected a core module');
  });

  it('names a missing import by module and name', async () => {
    const file = await write('missing.wasm', moduleOf(typeSection, importSection('env', 'magic')));
    await expect(load({ file })).rejects.toThrow(
      'Cannot link "missing.wasm": it imports the function "env.magic", which is not provided',
    );
  });

  it('takes a module without an entry, since its start function may do the job, and says so when it does not', async () => {
    const file = await write('library.wasm', moduleOf());
    expect(refused(ask(await load({ file }), '/'))).toBe(
      'Nothing in it can be run: it exports neither "_start" nor "_initialize"',
    );
  });

  it('says that a module has two entries', async () => {
    const exports = section(7, 2, ...name('_start'), 0, 0, ...name('_initialize'), 0, 0);
    const code = [section(3, 1, 0), exports, section(10, 1, 2, 0, END)];
    const file = await write('both.wasm', moduleOf(typeSection, ...code));
    await expect(load({ file })).rejects.toThrow('it exports both "_start" and "_initialize"');
  });

  it('says that there is no neural network for a worker that imports one', async () => {
    const file = await write('nn.wasm', moduleOf(typeSection, importSection('wasi_ephemeral_nn', 'load')));
    await expect(load({ file })).rejects.toThrow(
      'Cannot link "nn.wasm": it imports the function "wasi_ephemeral_nn.load", of wasi-nn, which is not supported',
    );
  });

  it('names an import of a WASI that is too old', async () => {
    const file = await write('old.wasm', moduleOf(typeSection, importSection('wasi_unstable', 'fd_write')));
    await expect(load({ file })).rejects.toThrow('build it with a newer compiler');
  });

  it('names a file that does not exist', async () => {
    await expect(load({ file: path.join(directory, 'none.wasm') })).rejects.toThrow(
      'Cannot read "none.wasm": no such file',
    );
  });
});
