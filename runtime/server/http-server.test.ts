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

  it('lets go of connections that rest too long, but not of one that waits for its answer', async () => {
    await site.file('a.js');
    await site.serve({ limits: { idleMs: 50 }, worker: { time: 1_500 } });
    const slow = connect(site.port, '127.0.0.1');
    slow.write('POST /a HTTP/1.1\r\nhost: h\r\ncontent-length: 4\r\n\r\nspin');
    const socket = connect(site.port, '127.0.0.1');
    socket.write('GET /a HTTP/1.1\r\nhost: h\r\n\r\n');
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 (.|\r\n)*keep-alive: timeout=0/i);
    expect(await text(slow)).toMatch(/^HTTP\/1\.1 504 /);
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

describe('the access log', () => {
  it('has a line for what is refused before it is a request, and one only', async () => {
    await site.file('index.js');
    await site.serve({ limits: { headerMs: 200 } });
    expect(await site.raw('NONSENSE\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
    expect(await site.raw(`GET / HTTP/1.1\r\nhost: h\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`)).toMatch(/ 431 /);
    expect(await site.raw('GET / HTTP/1.1\r\nhost')).toMatch(/^HTTP\/1\.1 408 /);
    expect(await site.raw('CONNECT a.test:1 HTTP/1.1\r\nhost: a.test:1\r\n\r\n')).toMatch(/ 405 /);
    const expectation = 'expect: miracles\r\nconnection: close\r\n';
    expect(await site.raw(`GET /x HTTP/1.1\r\nhost: h\r\n${expectation}\r\n`)).toMatch(/^HTTP\/1\.1 417 /);
    expect(site.lines).toEqual([
      '127.0.0.1 "-" 400 0 "-" "-" 0.000000',
      '127.0.0.1 "-" 431 0 "-" "-" 0.000000',
      '127.0.0.1 "-" 408 0 "-" "-" 0.000000',
      '127.0.0.1 "CONNECT a.test:1 HTTP/1.1" 405 0 "-" "-" 0.000000',
      '127.0.0.1 "GET /x HTTP/1.1" 417 0 "-" "-" 0.000000',
    ]);
  });

  it('has the line of the request alone when its body goes wrong', async () => {
    await site.file('index.js');
    await site.serve();
    await site.raw('POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n');
    await expect
      .poll(() => site.lines)
      .toEqual([expect.stringMatching(/^127\.0\.0\.1 "POST \/ HTTP\/1\.1" /)]);
  });

  it('has no line for a client that connects and goes away', async () => {
    await site.file('index.js');
    await site.serve();
    const socket = connect(site.port, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.resetAndDestroy();
    await site.get('/');
    expect(site.lines).toEqual([expect.stringContaining('"GET / HTTP/1.1" 200')]);
  });
});
