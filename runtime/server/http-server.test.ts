import { connect } from 'node:net';
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

describe('a request body', () => {
  it('over its limit is refused with 413, with a length or without', async () => {
    await site.file('index.js');
    await site.serve();
    const body = 'x'.repeat(262_145);
    expect((await site.get('/', { method: 'POST', body })).status).toBe(413);
    const stream = new Blob([body]).stream();
    expect(
      (await site.get('/', { method: 'POST', body: stream, duplex: 'half' } as RequestInit)).status,
    ).toBe(413);
    expect((await site.get('/', { method: 'POST', body: body.slice(1) })).status).toBe(200);
  });
});

describe('the server', () => {
  it('finishes what is under way when it drains, and accepts nothing new', async () => {
    await site.file('a.js');
    await site.serve({ worker: { time: 400 } });
    await site.get('/a');
    const slow = site.get('/a', { method: 'POST', body: 'spin' });
    const socket = connect(site.port, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.write('POST /a HTTP/1.1\r\nhost: h\r\ncontent-length: 2\r\n\r\n{');
    await site.get('/a');
    const drained = site.server?.drain();
    socket.write('}');
    expect((await slow).status).toBe(504);
    expect(await text(socket)).toMatch(/^HTTP\/1.1 200 OK\r\n(.*\r\n)*connection: close/i);
    await drained;
    await expect(site.get('/a')).rejects.toThrow();
  });

  it('answers a client that was at rest when the drain began, and then lets go of it', async () => {
    await site.file('a.js');
    await site.serve({ limits: { lingerMs: 2_000 } });
    const socket = connect(site.port, '127.0.0.1');
    const answers = text(socket);
    const request = 'GET /a HTTP/1.1\r\nhost: h\r\n\r\n';
    socket.write(request);
    await new Promise((resolve) => socket.once('data', resolve));
    const drained = site.server?.drain();
    socket.write(request);
    const [first, second] = (await answers).split(/(?=HTTP\/1\.1 )/);
    expect(first).toMatch(/^HTTP\/1\.1 200 (.|\r\n)*connection: keep-alive/i);
    expect(second).toMatch(/^HTTP\/1\.1 200 (.|\r\n)*connection: close/i);
    await drained;
  });

  it('waits no longer for connections at rest than it says', async () => {
    await site.serve({ limits: { lingerMs: 50, idleMs: 60_000 } });
    const socket = connect(site.port, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    await site.server?.drain();
    socket.resume();
    await closed;
  });
});
