import { rm } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestServer } from './testdata/test-server.ts';

let site: TestServer;

beforeEach(async () => {
  site = await TestServer.make();
});

afterEach(async () => {
  await site[Symbol.asyncDispose]();
});

describe('ProjectServer.reload()', () => {
  it('serves what was added, and no more what is gone', async () => {
    await site.file('a.js');
    await site.serve();
    await site.file('b.js');
    await site.file('public/c', 'C');
    await rm(path.join(site.root, 'a.js'));
    await site.server?.reload();
    expect((await site.get('/a')).status).toBe(404);
    expect((await site.get('/b')).status).toBe(200);
    expect(await (await site.get('/c')).text()).toBe('C');
    expect(site.server?.routes).toEqual([{ path: '/b', worker: 'b.js' }]);
  });

  it('lets a request that is under way finish on what it began with', async () => {
    await site.file('a.js');
    await site.serve();
    const socket = connect(site.port, '127.0.0.1');
    socket.write('POST /a HTTP/1.1\r\nhost: h\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{');
    // Answered after the first one was accepted.
    await site.get('/a');
    await rm(path.join(site.root, 'a.js'));
    await site.server?.reload();
    expect((await site.get('/a')).status).toBe(404);
    socket.write('}');
    expect(await text(socket)).toMatch(/^HTTP\/1.1 200 /);
  });

  it('drops no request of a client that never pauses', async () => {
    await site.file('a.js');
    await site.serve();
    const statuses = new Set<number>();
    const reloads = Promise.all([1, 2, 3].map(async () => await site.server?.reload()));
    let isOver = false;
    void reloads.then(() => {
      isOver = true;
    });
    while (!isOver) statuses.add((await site.get('/a')).status);
    await reloads;
    expect([...statuses]).toEqual([200]);
  });

  it('changes nothing when the project cannot be read', async () => {
    await site.file('a.js');
    await site.serve();
    await rm(site.root, { recursive: true });
    await expect(site.server?.reload()).rejects.toThrow(/ENOENT/);
    expect((await site.get('/a')).status).toBe(200);
    await site.file('a.js');
  });
});
