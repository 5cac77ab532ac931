import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Limits, limits } from '#runtime/settings.ts';
import type { Log } from './log.ts';
import { ProjectServer } from './project-server.ts';

const loader = new URL('../worker/testdata/test-guests.ts', import.meta.url).href;

let root: string;
let lines: string[];
let server: ProjectServer | undefined;
let port = 0;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'wws-http-'));
  lines = [];
});

afterEach(async () => {
  await server?.drain();
  server = undefined;
  await rm(root, { recursive: true });
});

async function file(name: string, content: string | Buffer = ''): Promise<void> {
  await mkdir(path.dirname(path.join(root, name)), { recursive: true });
  await writeFile(path.join(root, name), content);
}

async function serve(
  options: { prefix?: string; cors?: string[]; limits?: Partial<Limits> } = {},
): Promise<void> {
  const log: Log = {
    format: 'text',
    line: (line) => void lines.push(line),
    record: (line) => void lines.push(line),
    raw: (bytes) => void lines.push(Buffer.from(bytes).toString()),
  };
  server = await ProjectServer.prepare({
    root,
    boundary: '/',
    mounts: [],
    ignore: [],
    environment: {},
    prefix: options.prefix ?? '',
    cors: options.cors ?? [],
    limits: limits({ stallMs: 20, drainMs: 2_000, ...options.limits }),
    log,
    loader,
  });
  ({ port } = await server.listen({ host: '127.0.0.1', port: 0 }));
}

async function get(target: string, init: RequestInit = {}): Promise<Response> {
  return await fetch(`http://127.0.0.1:${port}${target}`, init);
}

/** Sends bytes as they are and answers all that comes back until the server closes. */
async function raw(bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(bytes, 'latin1');
  return await text(socket);
}

async function rawGet(target: string, more = ''): Promise<string> {
  return await raw(`GET ${target} HTTP/1.1\r\nhost: h\r\nconnection: close\r\n${more}\r\n`);
}

/** The request a worker saw, by the test guest's answer. */
async function seen(response: Response): Promise<Record<string, unknown>> {
  return ((await response.json()) as { request: Record<string, unknown> }).request;
}

describe('a worker', () => {
  it('sees url, method, headers, body, kv and params', async () => {
    await file('users/[id].js');
    await serve();
    const response = await get('/users//a%20b/?x=%20y', {
      method: 'PUT',
      body: 'é',
      headers: { 'x-a': '1' },
    });
    expect(response.headers.get('content-type')).toBe('text/html');
    expect(await seen(response)).toMatchObject({
      url: `http://127.0.0.1:${port}/users/a%20b?x=%20y`,
      method: 'PUT',
      headers: { 'x-a': '1', 'content-length': '2' },
      body: 'é',
      kv: {},
      params: { id: 'a b' },
    });
  });

  it('sees joined headers, decoded as UTF-8, whatever their names and bytes', async () => {
    await file('index.js');
    await serve();
    const lines =
      'X-A: 1\r\nx-a: 2\r\nCookie: a\r\nCookie: b\r\n__proto__: p\r\nu: \xc3\xa9\r\nbad: \xff\r\n';
    const answer = await rawGet('/', lines);
    const { request } = JSON.parse(answer.slice(answer.indexOf('{')));
    expect(request.headers).toMatchObject({ 'x-a': '1, 2', cookie: 'a; b', u: 'é', bad: '\u{fffd}' });
    expect(Object.getOwnPropertyDescriptor(request.headers, '__proto__')?.value).toBe('p');
  });

  it.each([
    ['x-forwarded-proto: https\r\nx-forwarded-host: a.example, b\r\n', 'https://a.example/'],
    ['forwarded: for=1;proto=https;host="b.example:1", host=c\r\n', 'https://b.example:1/'],
    ['x-forwarded-host: evil/path?\r\n', '/'],
    ['x-forwarded-proto: javascript\r\n', 'http://h/'],
  ])('is told the address of the proxy in front: %j', async (headers, url) => {
    await file('index.js');
    await serve();
    const answer = await rawGet('/', headers);
    expect(JSON.parse(answer.slice(answer.indexOf('{'))).request.url).toBe(url);
  });

  it('gets every method, and an empty body when the bytes are no UTF-8', async () => {
    await file('index.js');
    await serve();
    const response = await get('/', { method: 'PROPFIND', body: new Uint8Array([0xff, 0xfe]) });
    expect(await seen(response)).toMatchObject({ method: 'PROPFIND', body: '' });
    expect(lines.join('\n')).toMatch(/"index.js".* no UTF-8/);
  });

  it('answers with its status and headers, "_" read as "-", and none of the connection\'s', async () => {
    await file('index.js');
    await serve({ cors: ['https://a.example'] });
    const headers = {
      x_a: '1',
      'Content-Type': 'text/plain',
      'content-length': '1',
      'Transfer-Encoding': 'x',
      u: 'é',
    };
    const body = JSON.stringify({ status: 201, headers });
    const response = await get('/', { method: 'POST', body });
    expect(response.status).toBe(201);
    expect(response.headers.get('x-a')).toBe('1');
    expect(response.headers.get('content-type')).toBe('text/plain');
    expect(response.headers.get('access-control-allow-origin')).toBe('https://a.example');
    expect(Buffer.from(response.headers.get('u') ?? '', 'latin1').toString()).toBe('é');
    expect(await response.text()).toBe(body);
  });

  it.each([
    [99, 200],
    [1000, 200],
    [0, 200],
    [418, 418],
    [101, 500],
  ])('with status %i is answered %i', async (status, sent) => {
    await file('index.js');
    await serve();
    expect((await get('/', { method: 'POST', body: JSON.stringify({ status }) })).status).toBe(sent);
  });

  it.each([[{ 'x\r\ny': '1' }], [{ x: '1\r\ny: 2' }], [{ '': '1' }], [{ 'a b': '1' }]])(
    'whose headers cannot be sent is a 500: %j',
    async (headers) => {
      await file('index.js');
      await serve();
      const response = await get('/', { method: 'POST', body: JSON.stringify({ headers }) });
      expect(response.status).toBe(500);
      expect(response.headers.get('y')).toBeNull();
      expect(lines.join('\n')).toMatch(
        /^Error running worker "index.js" at route "\/": cannot send its answer/m,
      );
    },
  );

  it('that fails is a 500 with the text of wws, and its stderr is in the log', async () => {
    await file('index.js');
    await serve();
    const response = await get('/', { method: 'POST', body: 'fail' });
    expect(response.status).toBe(500);
    expect(response.headers.get('content-type')).toBe('text/html');
    expect(await response.text()).toBe('<p>There was an error running this function</p>');
    expect(lines).toContain('trapped\n');
    expect(lines).toContain('Error running worker "index.js" at route "/": trap');
  });

  it('that spins is a 504, and others answer meanwhile', async () => {
    await file('a.js');
    await file('b.js');
    await serve({ limits: { workerMs: 300 } });
    const spinning = get('/a', { method: 'POST', body: 'spin' });
    expect((await get('/b')).status).toBe(200);
    expect((await spinning).status).toBe(504);
  });

  it('with a broken configuration is a 500 alone', async () => {
    await file('a.js');
    await file('a.toml', 'version = 1\n');
    await file('b.js');
    await serve();
    expect((await get('/a')).status).toBe(500);
    expect((await get('/b')).status).toBe(200);
    expect(lines.filter((line) => line.includes('a.toml:1:1: "version" must be a string'))).toHaveLength(2);
  });

  it('asked for more than fits its queue answers 503 with Retry-After', async () => {
    await file('index.js');
    await serve({ limits: { queueLength: 1, workerMs: 400 } });
    const init = { method: 'POST', body: 'spin' };
    const answers = await Promise.all([1, 2, 3, 4, 5].map(async () => await get('/', init)));
    const refused = answers.filter((answer) => answer.status === 503);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]?.headers.get('retry-after')).toBe('1');
  });
});

describe('a request body', () => {
  it('over its limit is refused with 413, with a length or without', async () => {
    await file('index.js');
    await serve();
    const body = 'x'.repeat(262_145);
    expect((await get('/', { method: 'POST', body })).status).toBe(413);
    const stream = new Blob([body]).stream();
    expect((await get('/', { method: 'POST', body: stream, duplex: 'half' } as RequestInit)).status).toBe(
      413,
    );
    expect((await get('/', { method: 'POST', body: body.slice(1) })).status).toBe(200);
  });

  it('over its limit is refused before it is asked for', async () => {
    await file('index.js');
    await serve();
    const head =
      'POST / HTTP/1.1\r\nhost: h\r\nconnection: close\r\nexpect: 100-continue\r\ncontent-length: ';
    expect(await raw(`${head}99999999\r\n\r\n`)).toMatch(/^HTTP\/1.1 413 /);
    expect(await raw(`${head}2\r\n\r\n{}`)).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 OK/);
  });

  it('that ends early harms nobody', async () => {
    await file('index.js');
    await serve();
    const socket = connect(port, '127.0.0.1');
    socket.end('POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 10\r\n\r\nabc');
    await text(socket);
    expect((await get('/')).status).toBe(200);
  });
});

describe('a file of public/', () => {
  it('is served by name, as .html, and as index.html', async () => {
    await file('public/a.css', 'A');
    await file('public/page.html', 'P');
    await file('public/dir/index.html', 'I');
    await serve();
    expect((await get('/a.css')).headers.get('content-type')).toBe('text/css; charset=utf-8');
    expect(await (await get('/page')).text()).toBe('P');
    expect(await (await get('/dir/')).text()).toBe('I');
    expect((await get('/dir')).headers.get('content-type')).toBe('text/html; charset=utf-8');
  });

  it('comes after a static route and before a dynamic one', async () => {
    await file('a.js');
    await file('[x].js');
    await file('public/a', 'FILE');
    await file('public/b', 'FILE');
    await serve();
    expect(await (await get('/a')).text()).not.toBe('FILE');
    expect(await (await get('/b')).text()).toBe('FILE');
    expect((await seen(await get('/c')))['params']).toEqual({ x: 'c' });
  });

  it('lies under the prefix, as workers do', async () => {
    await file('public/a', 'FILE');
    await file('index.js');
    await serve({ prefix: 'app/' });
    expect(await (await get('/app/a')).text()).toBe('FILE');
    expect((await get('/app')).status).toBe(200);
    expect((await get('/app/')).status).toBe(200);
    expect((await get('/a')).status).toBe(404);
    expect(server?.routes).toEqual([{ path: '/app', worker: 'index.js' }]);
  });

  it('answers conditions, ranges and HEAD', async () => {
    await file('public/a.txt', '0123456789');
    await serve();
    const whole = await get('/a.txt');
    const etag = whole.headers.get('etag') ?? '';
    const modified = whole.headers.get('last-modified') ?? '';
    expect(await whole.text()).toBe('0123456789');
    expect((await get('/a.txt', { headers: { 'if-none-match': `"x", W/${etag}` } })).status).toBe(304);
    expect((await get('/a.txt', { headers: { 'if-modified-since': modified } })).status).toBe(304);
    expect((await get('/a.txt', { headers: { 'if-match': '"x"' } })).status).toBe(412);
    const part = await get('/a.txt', { headers: { range: 'bytes=2-4', 'if-range': etag } });
    expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([
      206,
      'bytes 2-4/10',
      '234',
    ]);
    expect(await (await get('/a.txt', { headers: { range: 'bytes=-3' } })).text()).toBe('789');
    expect(await (await get('/a.txt', { headers: { range: 'bytes=8-99' } })).text()).toBe('89');
    const stale = await get('/a.txt', { headers: { range: 'bytes=2-4', 'if-range': '"x"' } });
    expect(stale.status).toBe(200);
    const beyond = await get('/a.txt', { headers: { range: 'bytes=10-' } });
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, 'bytes */10']);
    const head = await get('/a.txt', { method: 'HEAD' });
    expect([head.headers.get('content-length'), await head.text()]).toEqual(['10', '']);
  });

  it('larger than one read arrives whole', async () => {
    const content = Buffer.alloc(3_000_000, 'abc');
    await file('public/big.bin', content);
    await file('public/empty', '');
    await serve();
    expect(Buffer.from(await (await get('/big.bin')).arrayBuffer()).equals(content)).toBe(true);
    expect((await get('/empty')).headers.get('content-length')).toBe('0');
  });

  it('is refused to methods other than GET and HEAD', async () => {
    await file('public/a.txt', 'A');
    await serve();
    const response = await get('/a.txt', { method: 'POST', body: 'x' });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    expect(await response.text()).toBe("Request did not meet this resource's requirements.");
  });

  it('that is missing is 404, with 404.html when there is one', async () => {
    await file('public/404.html', 'NONE');
    await serve();
    const response = await get('/x/y');
    expect([response.status, await response.text()]).toEqual([404, 'NONE']);
    expect((await get('/x', { method: 'POST', body: 'x' })).status).toBe(404);
  });

  it('never comes from outside', async () => {
    await file('secret.txt', 'SECRET');
    await file('public/in.txt', 'IN');
    await file('public/.env', 'SECRET');
    await file('public/d/.git/config', 'SECRET');
    await file('public/.well-known/x', 'OPEN');
    await symlink('../secret.txt', path.join(root, 'public/out.txt'));
    await symlink('..', path.join(root, 'public/up'));
    await symlink('/proc/self', path.join(root, 'public/proc'));
    await symlink('in.txt', path.join(root, 'public/link.txt'));
    await serve();
    const targets = [
      '/../secret.txt',
      '/%2e%2e/secret.txt',
      '/..%2fsecret.txt',
      '/%2e%2e%2fsecret.txt',
      '//../secret.txt',
      '/..;/secret.txt',
      '/..\\secret.txt',
      '/x/../../secret.txt',
      '/secret.txt%00.txt',
      '/out.txt',
      '/up/secret.txt',
      '/proc/environ',
      '/.env',
      '/d/.git/config',
      '/.',
      '/..',
      '/%c0%ae%c0%ae/secret.txt',
      'http://h/../secret.txt',
      '*',
      '/in.txt/',
      '/in.txt/x',
      `/${'a'.repeat(5000)}`,
      `/${'a/'.repeat(2500)}`,
    ];
    for (const target of targets) {
      const answer = await rawGet(target);
      expect(answer, target).not.toContain('SECRET');
      if (!target.startsWith('/in.txt/')) expect(answer, target).toMatch(/^HTTP\/1.1 40[04] /);
    }
    expect(await (await get('/link.txt')).text()).toBe('IN');
    expect(await (await get('/up/public/in.txt')).text()).toBe('IN');
    expect(await (await get('/.well-known/x')).text()).toBe('OPEN');
  });

  it('is never read through a directory that is swapped for a link meanwhile', async () => {
    await file('secret/f', 'SECRET');
    await file('public/d/f', 'OPEN');
    await symlink('../secret', path.join(root, 'public/evil'));
    await serve();
    const at = (name: string) => path.join(root, 'public', name);
    const bodies = new Set<string>();
    for (let round = 0; round < 100; round += 1) {
      const asked = Promise.all([get('/d/f'), get('/d/f'), get('/d/f')]);
      await rename(at('d'), at('real'));
      await rename(at('evil'), at('d'));
      await rename(at('d'), at('evil'));
      await rename(at('real'), at('d'));
      for (const response of await asked) bodies.add(await response.text());
    }
    expect(bodies).not.toContain('SECRET');
    expect(bodies).toContain('OPEN');
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
    await file('index.js');
    await serve();
    expect((await raw(bytes)).slice(0, 12)).toBe(`HTTP/1.1 ${status}`);
    expect((await get('/')).status).toBe(200);
  });

  it('ignores an upgrade it does not know', async () => {
    await file('index.js');
    await serve();
    const answer = await raw(
      'GET / HTTP/1.1\r\nhost: h\r\nconnection: upgrade, close\r\nupgrade: h2c\r\nhttp2-settings: \r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1.1 200 /);
  });

  it('answers pipelined requests in order', async () => {
    await file('index.js');
    await serve({ limits: { queueLength: 2000 } });
    const count = 1000;
    const requests = Array.from({ length: count }, (_, index) => {
      const close = index === count - 1 ? 'connection: close\r\n' : '';
      const body = `{"n":${index}}`;
      return `POST / HTTP/1.1\r\nhost: h\r\n${close}content-length: ${body.length}\r\n\r\n${body}`;
    });
    const answers = [...(await raw(requests.join(''))).matchAll(/\{"n":(\d+)\}/g)].map((match) =>
      Number(match[1]),
    );
    expect(answers).toEqual(Array.from({ length: count }, (_, index) => index));
  });

  it('closes a connection that sends its headers too slowly', async () => {
    await file('index.js');
    await serve({ limits: { headerMs: 100, requestMs: 100 } });
    expect(await raw('GET / HTTP/1.1\r\nhost: h\r\nx:')).toMatch(/^HTTP\/1.1 408 /);
  });

  it('writes a log line that a client cannot forge', async () => {
    await file('index.js');
    await serve();
    await rawGet('/?"%0a', 'user-agent: a"b\xe9\r\n');
    await server?.drain();
    const line = lines.find((one) => one.includes('HTTP/1.1'));
    expect(line).toMatch(/^127\.0\.0\.1 "GET \/\?\\"%0a HTTP\/1\.1" 200 \d+ "-" "a\\"b\\xe9" \d+\.\d{6}$/);
  });

  it('names the origin that asks when several are allowed', async () => {
    await file('index.js');
    await serve({ cors: ['https://a', 'https://b'] });
    const allowed = await get('/', { headers: { origin: 'https://b' } });
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://b');
    const other = await get('/', { headers: { origin: 'https://c' } });
    expect([other.headers.get('access-control-allow-origin'), other.headers.get('vary')]).toEqual([
      null,
      'Origin',
    ]);
  });

  it('finishes what is under way when it drains, and accepts nothing new', async () => {
    await file('a.js');
    await serve({ limits: { workerMs: 400 } });
    await get('/a');
    const slow = get('/a', { method: 'POST', body: 'spin' });
    const socket = connect(port, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.write('POST /a HTTP/1.1\r\nhost: h\r\ncontent-length: 2\r\n\r\n{');
    await get('/a');
    const drained = server?.drain();
    socket.write('}');
    expect((await slow).status).toBe(504);
    expect(await text(socket)).toMatch(/^HTTP\/1.1 200 OK\r\n(.*\r\n)*connection: close/i);
    await drained;
    await expect(get('/a')).rejects.toThrow();
  });
});
