import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NO_REQUESTS } from '#runtime/outbound/http-policy.ts';
import { compileC } from '#runtime/wasi/testdata/compile-c.ts';
import { loadModuleGuest, type ModuleGuest } from './module-guest.ts';
import { answered, ask, body, get, immediate, refused } from './testdata/asking.ts';
import { guestSpec } from './testdata/guest-spec.ts';
import { answering } from './testdata/held-host.ts';

let directory: string;

beforeAll(async () => {
  directory = await realpath(await mkdtemp(path.join(tmpdir(), 'upstream-kits-')));
});

afterAll(() => rm(directory, { recursive: true, force: true }));

/** A module that behaves like a binary of wws's own kit, and may send requests to `a.test` if `hosts` says so. */
async function load(kit: 'rust' | 'go', hosts: readonly string[] = []): Promise<ModuleGuest> {
  const into = path.join(directory, kit);
  await mkdir(into, { recursive: true });
  const from = path.join(import.meta.dirname, 'testdata');
  const flags = kit === 'go' ? ['-DGO'] : [];
  const file = await compileC({ source: 'upstream-kits', from, into, flags });
  return await loadModuleGuest(guestSpec({ file, http: { ...NO_REQUESTS, allowedHosts: hosts } }));
}

describe.each(['rust', 'go'] as const)('wws §1.6 a binary of its %s kit', (kit) => {
  it('answers as it is, from an instance that is kept', async () => {
    const guest = await load(kit);
    expect(guest.rung).toBe('kept');
    for (let i = 0; i < 3; i++) {
      const { status, headers, kv, ...response } = answered(ask(guest, '/'));
      expect([status, { ...headers }, { ...kv }]).toEqual([200, { x: '1' }, { n: '1' }]);
      expect(Buffer.from(response.body).toString()).toBe('two');
    }
  });

  it('sends requests with empty lists that point nowhere, and is given memory of its own', async () => {
    const guest = await load(kit, ['a.test']);
    const freed = kit === 'rust' ? ' freed 1' : '';
    expect(body(await answering(guest, '/fetch'))).toBe(`0 1 201 hello${freed}`);
    expect(body(await answering(guest, '/fetch', ''))).toBe(kit === 'rust' ? '0 1 201  freed 0' : '0 1 201 ');
  });

  it('is told what its configuration refuses', async () => {
    const refusal =
      "The host 'a.test' is not allowed for this worker. Please, update the worker configuration.";
    expect(body(ask(await load(kit), '/fetch'))).toContain(`1 3 0 ${refusal}`);
  });
});

describe('wws §1.6 a binary of its Rust kit', () => {
  it('wipes K/V when its handler failed, which is an answer like any other', async () => {
    const result = answered(ask(await load('rust'), '/error'));
    expect([result.status, { ...result.kv }]).toEqual([500, {}]);
  });

  it('traps where the URL is none', async () => {
    const result = ask(await load('rust'), '/a b');
    expect(refused(result)).toBe('Trapped: unreachable');
    expect(Buffer.from(result.stderr).toString()).toBe('InvalidUri(InvalidUriChar)\n');
  });
});

describe('wws §1.6 a binary of its Go kit', () => {
  it('fails when it writes twice, or not at all', async () => {
    const guest = await load('go');
    expect(refused(ask(guest, '/twice'))).toContain('stdout is not one JSON object');
    expect(refused(ask(guest, '/nothing'))).toBe('stdout is empty');
  });

  it('exits with code 1 when it cannot read its request', async () => {
    const result = immediate(await load('go')).handle({ ...get('/'), method: 'PUT' });
    expect(refused(result)).toBe('Exited with code 1');
    expect(Buffer.from(result.stderr).toString()).toBe('Error reading the request\n');
  });
});
