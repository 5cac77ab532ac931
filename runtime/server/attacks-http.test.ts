import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestServer } from './testdata/test-server.ts';

let site: TestServer;

beforeEach(async () => {
  site = await TestServer.make();
  site.observe();
  await site.file('index.js');
});

afterEach(async () => {
  // Whatever was tried, the next client is served.
  expect((await site.get('/')).status).toBe(200);
  await site[Symbol.asyncDispose]();
});

/** Writes one byte of `bytes` whenever the one before has left, with a pause, until the server closes. */
async function trickle(bytes: string, head = ''): Promise<string> {
  const socket = connect(site.port, '127.0.0.1');
  socket.write(head);
  let at = 0;
  const timer = setInterval(() => {
    if (socket.writable && at < bytes.length) socket.write(bytes[at++] ?? '');
  }, 20);
  socket.on('error', () => {});
  let answer = '';
  // A byte that crosses the server's close resets the connection, and what had come before counts all the same.
  socket.on('data', (chunk: Buffer) => {
    answer += chunk.toString('latin1');
  });
  await new Promise((resolve) => socket.once('close', resolve));
  clearInterval(timer);
  return answer;
}

describe('attack 39: a client that is slow on purpose', () => {
  it('attack 39: with its headers is answered 408 while others are served', async () => {
    await site.serve({ limits: { headerMs: 300 } });
    const slow = Array.from({ length: 20 }, () =>
      trickle(`GET / HTTP/1.1\r\nhost: h\r\n${'x: y\r\n'.repeat(99)}`),
    );
    expect((await site.get('/')).status).toBe(200);
    for (const answer of await Promise.all(slow)) expect(answer).toMatch(/^HTTP\/1.1 408 /);
    expect(site.events).toContainEqual({ kind: 'limit', limit: 'headerMs', worker: undefined });
  });

  it('attack 39: with its body is answered 408 and never reaches a worker', async () => {
    await site.serve({ limits: { headerMs: 300, requestMs: 400 } });
    const slow = trickle('x'.repeat(98), 'POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 99\r\n\r\n');
    expect(await slow).toMatch(/^HTTP\/1.1 408 /);
    await expect.poll(() => site.reports.map(({ outcome }) => outcome)).toEqual(['gone']);
  });

  it('attack 39: at reading a file is given up', async () => {
    await site.file('public/big.bin', Buffer.alloc(64 * 1024 * 1024));
    await site.serve({ limits: { socketMs: 300 } });
    const socket = connect(site.port, '127.0.0.1');
    socket.pause();
    socket.on('error', () => {});
    socket.write('GET /big.bin HTTP/1.1\r\nhost: h\r\n\r\n');
    await expect
      .poll(() => site.reports.map(({ target }) => target), { timeout: 10_000 })
      .toEqual(['/big.bin']);
    socket.destroy();
  });

  it('attack 39: that opens more connections than there may be finds the rest closed', async () => {
    await site.serve({ limits: { connections: 10, idleMs: 200 } });
    const sockets = Array.from({ length: 30 }, () => connect(site.port, '127.0.0.1'));
    const closed = sockets.map((socket) => text(socket.on('error', () => {})).catch(() => ''));
    await Promise.race(closed);
    await expect
      .poll(() => site.events.some((one) => one.kind === 'limit' && one.limit === 'connections'))
      .toBe(true);
    for (const socket of sockets) socket.destroy();
    await Promise.all(closed);
  });
});

describe('attack 40: too much of a header', () => {
  it.each([
    ['a value of 20 KB', `GET / HTTP/1.1\r\nhost: h\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`],
    ['a name of 20 KB', `GET / HTTP/1.1\r\nhost: h\r\n${'y'.repeat(20_000)}: x\r\n\r\n`],
    ['200 lines', `GET / HTTP/1.1\r\nhost: h\r\n${'x: y\r\n'.repeat(200)}\r\n`],
    ['3000 empty lines', `GET / HTTP/1.1\r\nhost: h\r\n${'x:\r\n'.repeat(3000)}\r\n`],
    ['a million lines', `GET / HTTP/1.1\r\nhost: h\r\n${'x:y\r\n'.repeat(1_000_000)}\r\n`],
    ['a target of 1 MB', `GET /${'y'.repeat(1_000_000)} HTTP/1.1\r\nhost: h\r\n\r\n`],
  ])('attack 40: %s is answered 431', async (_what, bytes) => {
    await site.serve();
    expect(await exchange(bytes)).toMatch(/^HTTP\/1.1 431 /);
    expect(site.reports.every(({ outcome }) => outcome === 'refused')).toBe(true);
  });

  it('attack 40: a line of 8 KB is not too much', async () => {
    await site.serve();
    expect(await site.rawGet('/', `x: ${'y'.repeat(8_000)}\r\n`)).toMatch(/^HTTP\/1.1 200 /);
  });
});

/** Sends bytes and answers what came back before the connection ended, in whatever way. */
async function exchange(bytes: string): Promise<string> {
  const socket = connect(site.port, '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk: Buffer) => {
    answer += chunk.toString('latin1');
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.on('error', () => {});
  socket.on('close', resolve);
  socket.write(bytes, 'latin1');
  await promise;
  return answer;
}

const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nhost: h\r\n\r\n';

function post(headers: string, body: string): string {
  return `POST / HTTP/1.1\r\nhost: h\r\n${headers}\r\n\r\n${body}${SMUGGLED}`;
}

const CHUNKED = 'transfer-encoding: chunked';

describe('attack 41: a second request hidden in the first', () => {
  it.each([
    ['a length, then chunks', post(`content-length: 4\r\n${CHUNKED}`, '0\r\n\r\n')],
    ['chunks, then a length', post(`${CHUNKED}\r\ncontent-length: 4`, '0\r\n\r\n')],
    ['two lengths', post('content-length: 0\r\ncontent-length: 36', '')],
    ['two lengths that agree', post('content-length: 2\r\ncontent-length: 2', '{}')],
    ['a list of lengths', post('content-length: 2, 2', '{}')],
    ['a signed length', post('content-length: +2', '{}')],
    ['a negative length', post('content-length: -1', '')],
    ['a length in hexadecimal', post('content-length: 0x2', '{}')],
    ['a length beyond 64 bits', post('content-length: 99999999999999999999999', '{}')],
    ['an empty length', post('content-length:', '{}')],
    ['a space before the colon of a length', post('content-length : 2', '{}')],
    ['an unknown coding', post('transfer-encoding: xchunked', '0\r\n\r\n')],
    ['the coding "identity"', post('transfer-encoding: identity', '')],
    ['a coding after chunked', post('transfer-encoding: chunked, identity', '0\r\n\r\n')],
    ['two codings', post(`${CHUNKED}\r\ntransfer-encoding: identity`, '0\r\n\r\n')],
    ['chunked twice', post(`${CHUNKED}\r\n${CHUNKED}`, '0\r\n\r\n')],
    ['a quoted coding', post('transfer-encoding: "chunked"', '0\r\n\r\n')],
    ['a vertical tab before the coding', post('transfer-encoding:\x0bchunked', '0\r\n\r\n')],
    ['a space before the colon of a coding', post('transfer-encoding : chunked', '0\r\n\r\n')],
    ['a folded header', post(`x: a\r\n ${CHUNKED}`, '0\r\n\r\n')],
    ['a CR before a header', post(`x: a\r\n\r${CHUNKED}`, '0\r\n\r\n')],
    ['a CR in a header', post(`x: a\r${CHUNKED}`, '0\r\n\r\n')],
    ['an LF between headers', post(`x: a\n${CHUNKED}`, '0\r\n\r\n')],
    ['a NUL in a header', post('x: a\0b', '')],
    ['a header without a colon', post('nonsense', '')],
    ['chunks in HTTP/1.0', `POST / HTTP/1.0\r\nhost: h\r\n${CHUNKED}\r\n\r\n0\r\n\r\n${SMUGGLED}`],
    ['no version', `GET /\r\n\r\n${SMUGGLED}`],
    ['another version', `GET / HTTP/1.2\r\nhost: h\r\n\r\n${SMUGGLED}`],
    ['bare LF for line ends', `GET / HTTP/1.1\nhost: h\n\n${SMUGGLED}`],
    ['a space in the target', `GET / a HTTP/1.1\r\nhost: h\r\n\r\n${SMUGGLED}`],
    ['two hosts', `GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\nconnection: close\r\n\r\n`],
    ['no host', 'GET / HTTP/1.1\r\n\r\n'],
    ['a chunk size with 0x', post(CHUNKED, '0x2\r\n{}\r\n0\r\n\r\n')],
    ['a negative chunk size', post(CHUNKED, '-2\r\n{}\r\n0\r\n\r\n')],
    ['a chunk size beyond 64 bits', post(CHUNKED, 'fffffffffffffffff2\r\n{}\r\n0\r\n\r\n')],
    ['a space after the chunk size', post(CHUNKED, '2 \r\n{}\r\n0\r\n\r\n')],
    ['bare LF in chunks', post(CHUNKED, '2\n{}\n0\n\n')],
    ['bare LF after a chunk extension', post(CHUNKED, '2;a\n{}\r\n0\r\n\r\n')],
    ['bare CR after a chunk extension', post(CHUNKED, '2;a\r{}\r\n0\r\n\r\n')],
    ['an open quote in a chunk extension', post(CHUNKED, '2;a="\r\n{}\r\n0\r\n\r\n')],
    ['a chunk longer than its size', post(CHUNKED, '2\r\n{}x\r\n0\r\n\r\n')],
    ['a chunk without its end', post(CHUNKED, '2\r\n{}0\r\n\r\n')],
    ['a length among trailers', post(CHUNKED, '2\r\n{}\r\n0\r\ncontent-length: 36\r\n\r\n')],
  ])('attack 41: %s is answered 400 once', async (_what, bytes) => {
    await site.serve();
    expect((await exchange(bytes)).match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 400']);
    expect(site.reports.map(({ target }) => target)).not.toContain('/smuggled');
    expect(site.reports.map(({ outcome }) => outcome)).not.toContain('answered');
  });

  it('attack 41: a coding below chunked is refused, since no worker could read the body', async () => {
    await site.serve();
    const answer = await site.raw(
      `POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('attack 41: a request in the body of a GET is a body', async () => {
    await site.serve();
    const head = `GET / HTTP/1.1\r\nhost: h\r\nconnection: close\r\ncontent-length: ${SMUGGLED.length}\r\n\r\n`;
    const answer = await site.raw(`${head}${SMUGGLED}`);
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200']);
    expect(JSON.parse(answer.slice(answer.indexOf('{'))).request.body).toBe(SMUGGLED);
  });

  it('attack 41: trailers do not become headers', async () => {
    await site.serve();
    const head = `POST / HTTP/1.1\r\nhost: h\r\nconnection: close\r\ntrailer: x-admin\r\n${CHUNKED}\r\n\r\n`;
    const answer = await site.raw(`${head}1\r\nx\r\n0\r\nx-admin: 1\r\nhost: evil\r\n\r\n`);
    const { headers } = JSON.parse(answer.slice(answer.indexOf('{'))).request;
    expect([headers['x-admin'], headers.host]).toEqual([undefined, 'h']);
  });

  it('attack 41: the host of an absolute target counts for more than the header', async () => {
    await site.serve();
    const answer = await site.raw('GET http://a/x?y HTTP/1.1\r\nhost: b\r\nconnection: close\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 404 /);
    const found = await site.raw('GET http://a?y HTTP/1.1\r\nhost: b\r\nconnection: close\r\n\r\n');
    expect(JSON.parse(found.slice(found.indexOf('{'))).request.url).toBe('http://a/?y');
  });
});

describe('attack 42: a body without end', () => {
  const TEN_GB = 'content-length: 10737418240\r\n';

  it('attack 42: of 10 GB is refused before it is read, and not asked for', async () => {
    await site.serve();
    const head = 'POST / HTTP/1.1\r\nhost: h\r\nconnection: close\r\n';
    expect(await site.raw(`${head}${TEN_GB}\r\n`)).toMatch(/^HTTP\/1.1 413 /);
    const expecting = await site.raw(`${head}expect: 100-continue\r\n${TEN_GB}\r\n`);
    expect(expecting).toMatch(/^HTTP\/1.1 413 /);
    expect(await site.raw(`${head}expect: 100-continue\r\ncontent-length: 2\r\n\r\n{}`)).toMatch(
      /^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 OK/,
    );
    expect(site.events).toContainEqual({ kind: 'limit', limit: 'bodyBytes', worker: undefined });
  });

  it.each([
    ['a worker', '/', 413],
    ['a file', '/a.txt', 405],
    ['nobody', '/none', 404],
    ['a probe', '/_health/live', 405],
  ])('attack 42: sent on and on to %s is cut off', async (_whom, target, status) => {
    await site.file('public/a.txt', 'A');
    await site.serve();
    const socket = connect(site.port, '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString('latin1');
    });
    socket.on('error', () => {});
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    socket.on('close', resolve);
    socket.write(`POST ${target} HTTP/1.1\r\nhost: h\r\n${CHUNKED}\r\n\r\n`);
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    pour(socket, chunk);
    await closed;
    expect(socket.bytesWritten).toBeLessThan(64 * 1024 * 1024);
    expect(answer).toMatch(new RegExp(`^(HTTP/1.1 ${status} |$)`));
  });

  it('attack 42: that ends early leaves nothing behind', async () => {
    await site.serve();
    for (let round = 0; round < 20; round += 1) {
      const socket = connect(site.port, '127.0.0.1');
      socket.write('POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 10\r\n\r\nabc', () =>
        round % 2 === 0 ? socket.end() : socket.resetAndDestroy(),
      );
      socket.on('error', () => {}).resume();
      await new Promise((resolve) => socket.on('close', resolve));
    }
    await expect.poll(() => site.reports.length).toBe(20);
    expect(new Set(site.reports.map(({ outcome }) => outcome))).toEqual(new Set(['gone']));
  });
});

/** Writes as fast as the other side reads, until it closes. */
function pour(socket: Socket, chunk: string): void {
  while (socket.writable && socket.write(chunk));
  socket.once('drain', () => pour(socket, chunk));
}

describe('attack 43: pipelining', () => {
  it('attack 43: ten thousand requests at once are answered in order', { timeout: 60_000 }, async () => {
    await site.serve();
    const count = 10_000;
    const requests = Array.from({ length: count }, (_, index) => {
      const close = index === count - 1 ? 'connection: close\r\n' : '';
      const body = `{"n":${index}}`;
      return `POST / HTTP/1.1\r\nhost: h\r\n${close}content-length: ${body.length}\r\n\r\n${body}`;
    });
    const answer = await site.raw(requests.join(''));
    const statuses = answer.match(/HTTP\/1\.1 \d+/g) ?? [];
    expect(statuses).toHaveLength(count);
    // Those that found the worker's queue full were told so.
    expect(statuses.every((status) => /(200|503)$/.test(status))).toBe(true);
    const numbers = [...answer.matchAll(/\{"n":(\d+)\}/g)].map((match) => Number(match[1]));
    expect(numbers.length).toBeGreaterThan(0);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  });
});

describe('attack 44: another protocol', () => {
  it.each([
    ['CONNECT', 'CONNECT a:80 HTTP/1.1\r\nhost: a:80\r\n\r\n', 405],
    ['TRACE', 'TRACE / HTTP/1.1\r\nhost: h\r\ncookie: secret\r\n\r\n', 405],
    ['HTTP/2 without asking', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['TLS', '\x16\x03\x01\x02', 400],
    ['an expectation', 'GET / HTTP/1.1\r\nhost: h\r\nexpect: tea\r\nconnection: close\r\n\r\n', 417],
    ['a method nobody knows', 'BREW / HTTP/1.1\r\nhost: h\r\n\r\n', 400],
  ])('attack 44: %s is refused', async (_what, bytes, status) => {
    await site.serve();
    const answer = await site.raw(bytes);
    expect(answer.slice(0, 12)).toBe(`HTTP/1.1 ${status}`);
    expect(answer).not.toContain('secret');
  });

  it.each([
    ['h2c', 'connection: upgrade, http2-settings, close\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABk\r\n'],
    ['a WebSocket', 'connection: upgrade, close\r\nupgrade: websocket\r\nsec-websocket-key: x\r\n'],
  ])('attack 44: an upgrade to %s is passed over', async (_what, headers) => {
    await site.serve();
    expect(await site.raw(`GET / HTTP/1.1\r\nhost: h\r\n${headers}\r\n`)).toMatch(/^HTTP\/1.1 200 /);
  });
});

describe('attack 46: names of others in the log', () => {
  it("attack 46: the address is the peer's, whatever headers say", async () => {
    await site.serve();
    const headers = 'x-forwarded-for: 6.6.6.6\r\nforwarded: for=6.6.6.6;host=evil\r\nx-real-ip: 6.6.6.6\r\n';
    await site.rawGet('/', headers);
    await expect.poll(() => site.lines.length).toBe(1);
    expect(site.lines[0]).toMatch(/^127\.0\.0\.1 "GET \/ HTTP\/1\.1" 200 \d+ "-" "-" \d+\.\d{6}$/);
  });

  it.each(['evil\r\nx: y', 'a b', 'a/b', 'a?b', 'a#b', 'user@h', 'h"', '<h>'])(
    "attack 46: the forwarded host %j does not reach a worker's URL",
    async (host) => {
      await site.serve();
      const answer = await site.rawGet('/', `x-forwarded-host: ${host.replace('\r\n', ' ')}\r\n`);
      expect(JSON.parse(answer.slice(answer.indexOf('{'))).request.url).toBe('/');
    },
  );

  it('attack 46: an agent or target forges no line', async () => {
    await site.serve();
    await site.rawGet('/?"%0a', 'user-agent: a"b\xe9\\\r\nreferer: "\x1b[2K\r\n'.replace('\x1b', '\xff'));
    await expect.poll(() => site.lines.length).toBe(1);
    expect(site.lines[0]).toMatch(
      /^127\.0\.0\.1 "GET \/\?\\"%0a HTTP\/1\.1" 200 \d+ "\\"\\xff\[2K" "a\\"b\\xe9\\" \d+\.\d{6}$/,
    );
  });

  it.each([
    ['a well-formed id', 'abc-123', 'abc-123'],
    ['an id with spaces', 'a b', undefined],
    ['an id of 129 characters', 'x'.repeat(129), undefined],
    ['an id that is no ASCII', 'a\xff', undefined],
    ['two ids', 'a\r\nx-request-id: b', undefined],
  ])(
    'attack 46: %s is taken or replaced, and told to the worker and the client',
    async (_what, sent, kept) => {
      await site.serve();
      const answer = await site.rawGet('/', `x-request-id: ${sent}\r\n`);
      const [, id] = /^x-request-id: (.*)\r$/im.exec(answer) ?? [];
      if (kept === undefined) expect(id).toMatch(/^[a-z0-9]{8}-[a-z0-9]+$/);
      else expect(id).toBe(kept);
      expect(JSON.parse(answer.slice(answer.indexOf('{'))).request.headers['x-request-id']).toBe(id);
    },
  );
});
