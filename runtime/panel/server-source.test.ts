import { rm } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestServer } from '#runtime/server/testdata/test-server.ts';
import { openPanel } from './open-panel.ts';
import type { Panel } from './panel.ts';
import { silent, TOKEN } from './testdata/test-panel.ts';

let project: TestServer;
let panel: Panel | undefined;

beforeEach(async () => {
  project = await TestServer.make();
  await project.file('index.js');
  await project.file('index.toml', 'version = "1"\n[data.kv]\nnamespace = "counters"\n');
  await project.serve();
  if (project.server === undefined) throw new Error('no server');
  const settings = { address: undefined, token: TOKEN };
  panel = await openPanel(settings, project.server, silent);
});

afterEach(async () => {
  panel?.close();
  await project[Symbol.asyncDispose]();
});

async function asked(target: string): Promise<unknown> {
  const headers = { authorization: `Bearer ${TOKEN}` };
  const response = await fetch(new URL(target, panel?.url), { headers });
  return await response.json();
}

describe('the panel of a running project', () => {
  it('is not loaded where nobody asked for it', async () => {
    if (project.server === undefined) throw new Error('no server');
    expect(await openPanel(undefined, project.server, silent)).toBeUndefined();
  });

  it('tells of requests once it is open', async () => {
    await (await project.get('/?a=b')).text();
    await (await project.get('/nothing')).text();
    expect(await asked('/_api/v1/requests')).toMatchObject({
      cursor: 2,
      requests: [
        { target: '/?a=…', worker: 'index.js', route: '/', status: 200, outcome: 'answered' },
        { target: '/nothing', worker: null, route: null, status: 404, outcome: 'not-found' },
      ],
    });
  });

  it('follows when the project is read anew', async () => {
    const before = (await asked('/_api/v1/project')) as { generation: number };
    await project.file('users/[id].js');
    await rm(path.join(project.root, 'index.js'));
    await project.server?.reload();
    expect(await asked('/_api/v1/project')).toMatchObject({
      generation: before.generation + 1,
      routes: [{ route: '/users/[id]', file: 'users/[id].js' }],
    });
  });

  it('looks into the store that the workers use', async () => {
    const store = await project.server?.store.open();
    const bounds = { keys: 10, bytes: 1_000, keyBytes: 100, valueBytes: 100 };
    await store?.operate({ namespace: 'counters', bounds }, { type: 'put', key: 'visits', value: '7' });
    expect(await asked('/_api/v1/kv')).toEqual({
      store: 'memory:',
      namespaces: [{ name: 'counters', workers: ['index.js'] }],
    });
    expect(await asked('/_api/v1/kv/entries?namespace=counters')).toEqual({
      namespace: 'counters',
      entries: [{ key: 'visits', value: '7', bytes: 1, isCut: false }],
      next: null,
    });
  });
});
