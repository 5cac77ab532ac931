import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NO_REQUESTS } from '#runtime/outbound/http-policy.ts';
import { loadModuleGuest, type ModuleGuest } from './module-guest.ts';
import { get, refused } from './testdata/asking.ts';
import { guestSpec } from './testdata/guest-spec.ts';
import { HeldHost } from './testdata/held-host.ts';
import { STATEFUL_MODULES, type StatefulModule } from './testdata/stateful-modules.ts';

/** A run that found nothing of another says nothing. */
const UNTOUCHED = 'stdout is empty';

let directory: string;

beforeAll(async () => {
  directory = await realpath(await mkdtemp(path.join(tmpdir(), 'module-state-')));
});

afterAll(() => rm(directory, { recursive: true, force: true }));

async function load({ bytes }: StatefulModule, allowedHosts: readonly string[]): Promise<ModuleGuest> {
  const file = path.join(directory, 'stateful.wasm');
  await writeFile(file, bytes);
  return await loadModuleGuest(guestSpec({ file, http: { ...NO_REQUESTS, allowedHosts } }));
}

describe.each(STATEFUL_MODULES)('a module whose state is $state', (stateful) => {
  it('shows in a second run of one instance what the first one left', async () => {
    const imports = { http: { 'send-http-request': () => {} } };
    const instance = new WebAssembly.Instance(await WebAssembly.compile(stateful.bytes), imports);
    const start = instance.exports['_start'] as () => void;
    start();
    expect(start).toThrow(WebAssembly.RuntimeError);
  });

  it('finds its first state in every run', async () => {
    const guest = await load(stateful, []);
    expect(guest.rung).toBe(stateful.rung);
    for (let turn = 0; turn < 5; turn++) {
      expect(refused(await guest.handle(get('/'), new HeldHost()))).toBe(UNTOUCHED);
    }
  });

  it('finds it while other runs wait for the host, and in the instances they have used', async () => {
    const guest = await load(stateful, ['a.test']);
    expect(guest.rung).toBe(stateful.rung);
    for (let turn = 0; turn < 3; turn++) {
      const hosts = Array.from({ length: 6 }, () => new HeldHost());
      const results = hosts.map((host) => guest.handle(get('/'), host));
      expect(hosts.map((host) => host.questions.length)).toEqual(hosts.map(() => 1));
      for (const host of hosts.toReversed()) host.answer('');
      for (const result of await Promise.all(results)) expect(refused(result)).toBe(UNTOUCHED);
    }
  });
});
