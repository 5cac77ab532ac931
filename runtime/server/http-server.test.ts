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

  it('over its limit is refused before it is asked for', async () => {
    await site.file('index.js');
    await site.serve();
    const head =
      'POST / HTTP/1.1\r\nhost: h\r\nconnection: close\r\nexpect: 100-continue\r\ncontent-length: ';
    expect(await site.raw(`${head}99999999\r\n\r\n`)).toMatch(/^HTTP\/1.1 413 /);
    expect(await site.raw(`${head}2\r\n\r\n{}`)).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 OK/);
  });

  it('that ends early harms nobody', async () => {
    await site.file('index.js');
    await site.serve();
    const socket = connect(site.port, '127.0.0.1');
    socket.end('POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 10\r\n\r\nabc');
    await text(socket);
    expect((await site.get('/')).status).toBe(200);
  });
});

describe('the server', () => {
  it.each([
    ['no host', 'GET / HTTP/1.1\r\n\r\n', 400],
    ['two hosts', 'GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n', 400],
    ['two lengths', 'POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab', 400],
    [
      'a length and chunks',
      'POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    [
      'a bare CR before a header',
      'POST / HTTP/1.1\r\nhost: h\r\n\rtransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    [
      'a coding after chunked',
      'POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n',
      400,
    ],
    [
      'an open quote in a chunk extension',
      'POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n1;a="\r\n\r\n',
      400,
    ],
    ['bare LF', 'GET / HTTP/1.1\nhost: h\n\n', 400],
    ['a large header', `GET / HTTP/1.1\r\nhost: h\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`, 431],
    ['a large target', `GET /${'y'.repeat(20_000)} HTTP/1.1\r\nhost: h\r\n\r\n`, 431],
    ['many headers', `GET / HTTP/1.1\r\nhost: h\r\n${'x: y\r\n'.repeat(200)}\r\n`, 431],
    ['CONNECT', 'CONNECT a:80 HTTP/1.1\r\nhost: a:80\r\n\r\n', 405],
    ['an expectation', 'GET / HTTP/1.1\r\nhost: h\r\nexpect: tea\r\nconnection: close\r\n\r\n', 417],
    ['TLS', '\x16\x03\x01\x02', 400],
  ])('refuses %s', async (_what, bytes, status) => {
    await site.file('index.js');
    await site.serve();
    expect((await site.raw(bytes)).slice(0, 12)).toBe(`HTTP/1.1 ${status}`);
    expect((await site.get('/')).status).toBe(200);
  });

  it('ignores an upgrade it does not know', async () => {
    await site.file('index.js');
    await site.serve();
    const answer = await site.raw(
      'GET / HTTP/1.1\r\nhost: h\r\nconnection: upgrade, close\r\nupgrade: h2c\r\nhttp2-settings: \r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1.1 200 /);
  });

  it('answers pipelined requests in order', async () => {
    await site.file('index.js');
    await site.serve({ worker: { queue: 2000 } });
    const count = 1000;
    const requests = Array.from({ length: count }, (_, index) => {
      const close = index === count - 1 ? 'connection: close\r\n' : '';
      const body = `{"n":${index}}`;
      return `POST / HTTP/1.1\r\nhost: h\r\n${close}content-length: ${body.length}\r\n\r\n${body}`;
    });
    const answers = [...(await site.raw(requests.join(''))).matchAll(/\{"n":(\d+)\}/g)].map((match) =>
      Number(match[1]),
    );
    expect(answers).toEqual(Array.from({ length: count }, (_, index) => index));
  });

  it('closes a connection that sends its headers too slowly', async () => {
    await site.file('index.js');
    await site.serve({ limits: { headerMs: 100, requestMs: 100 } });
    expect(await site.raw('GET / HTTP/1.1\r\nhost: h\r\nx:')).toMatch(/^HTTP\/1.1 408 /);
  });

  it('writes a log line that a client cannot forge', async () => {
    await site.file('index.js');
    await site.serve();
    await site.rawGet('/?"%0a', 'user-agent: a"b\xe9\r\n');
    await site.server?.drain();
    const line = site.lines.find((one) => one.includes('HTTP/1.1'));
    expect(line).toMatch(/^127\.0\.0\.1 "GET \/\?\\"%0a HTTP\/1\.1" 200 \d+ "-" "a\\"b\\xe9" \d+\.\d{6}$/);
  });

  it('names the origin that asks when several are allowed', async () => {
    await site.file('index.js');
    await site.serve({ cors: ['https://a', 'https://b'] });
    const allowed = await site.get('/', { headers: { origin: 'https://b' } });
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://b');
    const other = await site.get('/', { headers: { origin: 'https://c' } });
    expect([other.headers.get('access-control-allow-origin'), other.headers.get('vary')]).toEqual([
      null,
      'Origin',
    ]);
  });

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
});
