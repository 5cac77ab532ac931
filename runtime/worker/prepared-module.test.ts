import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NO_REQUESTS } from '#runtime/outbound/http-policy.ts';
import { compileC } from '#runtime/wasi/testdata/compile-c.ts';
import type { GuestSpec } from './guest.ts';
import { loadModuleGuest, type ModuleGuest, type ModuleGuestOptions } from './module-guest.ts';
import { body, get, NO_HOST, refused } from './testdata/asking.ts';
import { guestSpec } from './testdata/guest-spec.ts';

const TOO_EARLY = '1 4 Requests can be sent while a request is handled, not before';

let directory: string;
let file: string;

beforeAll(async () => {
  directory = await realpath(await mkdtemp(path.join(tmpdir(), 'prepared-module-')));
  const from = path.join(import.meta.dirname, 'testdata');
  file = await compileC({ source: 'prepared', from, into: directory, flags: ['-mexec-model=reactor'] });
  await writeFile(path.join(directory, 'note.txt'), 'a-note');
});

afterAll(() => rm(directory, { recursive: true, force: true }));

interface Parts extends Partial<GuestSpec> {
  readonly mode?: string;
}

function load({ mode = '', ...parts }: Parts = {}, options: ModuleGuestOptions = {}): Promise<ModuleGuest> {
  const folder = { guestPath: '/data', hostPath: directory, writable: false };
  return loadModuleGuest(guestSpec({ file, vars: { MODE: mode }, folders: [folder], ...parts }), options);
}

async function ask(guest: ModuleGuest, target: string) {
  return await guest.handle(get(target), NO_HOST);
}

describe.each([
  ['kept', {}, {}],
  ['new', {}, { rung: 'new' }],
  ['kept', { http: { ...NO_REQUESTS, allowedHosts: ['a.test'] } }, {}],
  ['new', { http: { ...NO_REQUESTS, allowedHosts: ['a.test'] } }, { rung: 'new' }],
] as const)('a reactor that exports wws_handle (%s instance, %o)', (rung, parts, options) => {
  it('answers each request from the state that its preparation left, made with its vars and folders', async () => {
    const guest = await load(parts, options);
    expect(guest.rung).toBe(rung);
    for (let i = 0; i < 5; i++) {
      // Initialised and prepared once, handled once, and the file was there.
      expect(body(await ask(guest, '/'))).toBe(`1 1 1 a-note ${TOO_EARLY}`);
    }
  });

  it('finds that state after a request that trapped, and after one that grew its memory', async () => {
    const guest = await load(parts, options);
    for (const [target, reason] of [
      ['/trap', 'Trapped: unreachable'],
      ['/grow', undefined],
    ] as const) {
      const result = await ask(guest, target);
      expect(result.ok ? undefined : result.reason).toBe(reason);
      expect(body(await ask(guest, '/'))).toBe(`1 1 1 a-note ${TOO_EARLY}`);
    }
  });

  it('may send requests while it handles one', async () => {
    const guest = await load(parts, options);
    expect(body(await ask(guest, '/late'))).not.toContain('not before');
  });

  it.each([
    ['traps', 'trap', 'Trapped: unreachable'],
    ['exits', 'exit', 'stdout is empty'],
  ])('tells every request when its preparation %s', async (_, mode, reason) => {
    const guest = await load({ ...parts, mode }, options);
    for (let i = 0; i < 2; i++) expect(refused(await ask(guest, '/'))).toBe(reason);
  });

  it.each([
    ['it says that its state must not be reused', 'refuse'],
    ['it leaves very much memory', 'large'],
  ])('is prepared anew for each request when %s', async (_, mode) => {
    const guest = await load({ ...parts, mode }, options);
    expect(guest.rung).toBe('new');
    for (let i = 0; i < 2; i++) expect(body(await ask(guest, '/'))).toBe(`1 1 1 a-note ${TOO_EARLY}`);
  });

  it('tells what it printed while it was prepared with the first answer', async () => {
    const guest = await load({ ...parts, mode: 'talk' }, options);
    const said = [await ask(guest, '/'), await ask(guest, '/')].map(({ stderr }) =>
      String(Buffer.from(stderr)),
    );
    expect(said).toEqual(['preparing\n', rung === 'kept' ? '' : 'preparing\n']);
  });

  it('needs its folders for each request', async () => {
    const missing = { guestPath: '/data', hostPath: path.join(directory, 'missing'), writable: false };
    const guest = await load({ ...parts, folders: [missing] }, options);
    expect(refused(await ask(guest, '/'))).toBe('Cannot open folder "/data": no such directory');
  });
});
