import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { MemoryStore } from '#runtime/kv/memory-store.ts';
import { ProjectStore } from '#runtime/kv/project-store.ts';
import type { KvContents } from './kv-contents.ts';
import { StoreContents } from './store-contents.ts';
import { report, source, TestPanel, worker } from './testdata/test-panel.ts';

const USERS = worker('users/[id].js', '/users/[id]', {
  vars: { API_KEY: 's3cret', GREETING: '' },
  folders: [{ guestPath: '/data', hostPath: '/srv/data', writable: true }],
  http: { allowedHosts: ['api.example.com'], allowedMethods: ['GET', 'POST'], allowHttp: false },
  kv: { namespace: 'users', consistency: 'serial' },
});

function idOf(name: string): string {
  return createHash('sha256').update(`/srv/app/${name}`).digest('hex');
}

/** Entries of the namespace "users", in a store in memory. */
async function stored(entries: Readonly<Record<string, string>>): Promise<KvContents> {
  const store = new MemoryStore();
  const bounds = { keys: 1_000, bytes: 10_000_000, keyBytes: 10_000, valueBytes: 1_000_000 };
  store.write('users', { type: 'replace', entries, keep: [] }, bounds);
  return new StoreContents({ open: async () => new ProjectStore(store, { kvKeyBytes: 1_000 }, () => {}) });
}

describe('wws §8 panel API', () => {
  it('lists workers by the SHA-256 of their path', async () => {
    await using open = await TestPanel.open(source({ workers: [USERS] }));
    expect(await open.json('/_api/v0/workers')).toEqual([
      { id: idOf(USERS.name), name: USERS.name, path: '/users/[id]', filepath: '/srv/app/users/[id].js' },
    ]);
  });

  it('shows a worker, its variables masked', async () => {
    await using open = await TestPanel.open(source({ workers: [USERS] }));
    expect(await open.json(`/_api/v0/workers/${idOf(USERS.name)}`)).toEqual({
      id: idOf(USERS.name),
      name: USERS.name,
      version: '1',
      data: { kv: 'users' },
      folders: [{ from: '/srv/data', to: '/data' }],
      vars: { API_KEY: '••••••', GREETING: '••••••' },
    });
  });

  it('answers 404 with "{}" in JSON for one it does not know', async () => {
    await using open = await TestPanel.open(source({ workers: [USERS] }));
    const { status, body } = await open.ask(`/_api/v0/workers/${idOf('other.js')}`);
    expect([status, body]).toEqual([404, '"{}"']);
  });
});

describe('the API of the panel', () => {
  it('shows the project as routes with what each may reach', async () => {
    const broken = { name: 'broken.js', path: '/broken', guest: { problem: 'no version' } };
    const problems = new Map([['late.js', 'does not compile']]);
    await using open = await TestPanel.open(
      source({
        workers: [USERS, broken, worker('late.js', '/late')],
        problems,
        publicDirectory: '/srv/app/public',
      }),
    );
    expect(await open.json('/_api/v1/project')).toMatchObject({
      root: '/srv/app',
      publicDirectory: 'public',
      routes: [
        {
          id: idOf(USERS.name),
          route: '/users/[id]',
          file: 'users/[id].js',
          language: 'javascript',
          problem: null,
          folders: [{ to: '/data', from: '/srv/data', writable: true }],
          kv: 'users',
          hosts: ['api.example.com'],
        },
        { file: 'broken.js', problem: 'no version', language: null },
        { file: 'late.js', problem: 'does not compile' },
      ],
    });
  });

  it('shows a worker with its limits and counts, no value of a variable, and no length of one', async () => {
    await using open = await TestPanel.open(source({ workers: [USERS] }));
    open.telemetry.request(report({ worker: USERS.name, outcome: 'failed' }));
    open.telemetry.limit('queue', USERS.name);
    const { body } = await open.ask(`/_api/v1/workers/${idOf(USERS.name)}`);
    expect(JSON.parse(body)).toMatchObject({
      vars: [
        { name: 'API_KEY', value: '••••••' },
        { name: 'GREETING', value: '••••••' },
      ],
      methods: ['GET', 'POST'],
      kvConsistency: 'serial',
      limits: expect.arrayContaining([
        { name: 'memory', value: 268_435_456, unit: 'bytes', met: 0 },
        { name: 'queue', value: 256, unit: 'count', met: 1 },
      ]),
      counts: { requests: 1, outcomes: { failed: 1 } },
    });
    expect(body).not.toContain('s3cret');
    expect((await open.ask('/_api/v1/workers/none')).status).toBe(404);
  });

  it('follows a project that is swapped', async () => {
    const swapped = { ...source(), workers: [USERS] };
    await using open = await TestPanel.open(swapped);
    const before = (await open.json('/_api/v1/requests')) as { generation: number };
    expect(await open.json('/_api/v1/requests')).toMatchObject({ generation: before.generation });
    swapped.workers = [worker('new.js', '/new')];
    expect(await open.json('/_api/v1/requests')).toMatchObject({ generation: before.generation + 1 });
    expect(await open.json('/_api/v1/project')).toMatchObject({ routes: [{ route: '/new' }] });
  });

  it('shows namespaces with who shares them', async () => {
    const other = worker('other.js', '/other', { kv: { namespace: 'users', consistency: 'snapshot' } });
    await using open = await TestPanel.open(source({ workers: [USERS, other], kv: await stored({}) }));
    expect(await open.json('/_api/v1/kv')).toEqual({
      store: 'memory:',
      namespaces: [{ name: 'users', workers: ['users/[id].js', 'other.js'] }],
    });
  });

  it('shows entries page by page, and of long values the beginning', async () => {
    const entries = Object.fromEntries(
      Array.from({ length: 120 }, (_, index) => [
        `key-${String(index).padStart(3, '0')}`,
        'é'.repeat(index * 100),
      ]),
    );
    await using open = await TestPanel.open(source({ workers: [USERS], kv: await stored(entries) }));
    const seen: string[] = [];
    let after: string | null = '';
    while (after !== null) {
      const page = (await open.json(
        `/_api/v1/kv/entries?namespace=users&after=${encodeURIComponent(after)}`,
      )) as { entries: { key: string; value: string; bytes: number; isCut: boolean }[]; next: string | null };
      expect(page.entries.length).toBeLessThanOrEqual(50);
      for (const entry of page.entries) {
        expect(entry.bytes).toBe(2 * (entries[entry.key]?.length ?? -1));
        expect(entry.isCut).toBe(entry.value.length < entry.bytes / 2);
      }
      seen.push(...page.entries.map(({ key }) => key));
      after = page.next;
    }
    expect(seen).toEqual(Object.keys(entries));
    expect(await open.json('/_api/v1/kv/entries?namespace=users&prefix=key-11')).toMatchObject({
      next: null,
    });
  });

  it('shows no namespace that is of no worker, and says why one cannot be read', async () => {
    const broken: KvContents = { ...source().kv, keys: async () => Promise.reject(new Error('it is away')) };
    await using open = await TestPanel.open(source({ workers: [USERS], kv: broken }));
    expect((await open.ask('/_api/v1/kv/entries?namespace=other')).status).toBe(404);
    const { status, body } = await open.ask('/_api/v1/kv/entries?namespace=users');
    expect([status, JSON.parse(body)]).toEqual([502, { error: 'Cannot read namespace "users": it is away' }]);
  });

  it('is text for no browser: answers are JSON and nothing else', async () => {
    const evil = worker('<img src=x onerror=alert(1)>.js', '/<script>');
    await using open = await TestPanel.open(source({ workers: [evil] }));
    for (const path of ['/_api/v1/project', '/_api/v0/workers', '/_api/v1/nothing', '/_api/<script>']) {
      expect((await open.ask(path)).headers['content-type']).toBe('application/json');
    }
  });
});
