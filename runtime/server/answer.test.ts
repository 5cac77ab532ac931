import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { seen, TestServer } from './testdata/test-server.ts';

let site: TestServer;

beforeEach(async () => {
  site = await TestServer.make();
});

afterEach(async () => {
  await site[Symbol.asyncDispose]();
});

describe('wws §1 over HTTP: a worker', () => {
  it('sees url, method, headers, body, kv and params', async () => {
    await site.file('users/[id].js');
    await site.serve();
    const response = await site.get('/users//a%20b/?x=%20y', {
      method: 'PUT',
      body: 'é',
      headers: { 'x-a': '1' },
    });
    expect(response.headers.get('content-type')).toBe('text/html');
    expect(await seen(response)).toMatchObject({
      url: `http://127.0.0.1:${site.port}/users/a%20b?x=%20y`,
      method: 'PUT',
      headers: { 'x-a': '1', 'content-length': '2' },
      body: 'é',
      kv: {},
      params: { id: 'a b' },
    });
  });

  it('sees joined headers, decoded as UTF-8, whatever their names and bytes', async () => {
    await site.file('index.js');
    await site.serve();
    const headers =
      'X-A: 1\r\nx-a: 2\r\nCookie: a\r\nCookie: b\r\n__proto__: p\r\nu: \xc3\xa9\r\nbad: \xff\r\n';
    const answer = await site.rawGet('/', headers);
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
    await site.file('index.js');
    await site.serve();
    const answer = await site.rawGet('/', headers);
    expect(JSON.parse(answer.slice(answer.indexOf('{'))).request.url).toBe(url);
  });

  it('gets every method, and an empty body when the bytes are no UTF-8', async () => {
    await site.file('index.wasm');
    await site.serve();
    const response = await site.get('/', { method: 'PROPFIND', body: new Uint8Array([0xff, 0xfe]) });
    expect(await seen(response)).toMatchObject({ method: 'PROPFIND', body: '' });
    expect(site.lines.join('\n')).toMatch(/"index.wasm".* no UTF-8 \(allow "binary_bodies" in/);
  });

  it('answers with its status and headers, "_" read as "-", and none of the connection\'s', async () => {
    await site.file('index.js');
    await site.serve({ cors: ['https://a.example'] });
    const headers = {
      x_a: '1',
      'Content-Type': 'text/plain',
      'content-length': '1',
      'Transfer-Encoding': 'x',
      u: 'é',
    };
    const body = JSON.stringify({ status: 201, headers });
    const response = await site.get('/', { method: 'POST', body });
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
    await site.file('index.js');
    await site.serve();
    expect((await site.get('/', { method: 'POST', body: JSON.stringify({ status }) })).status).toBe(sent);
  });

  it.each([[{ 'x\r\ny': '1' }], [{ x: '1\r\ny: 2' }], [{ '': '1' }], [{ 'a b': '1' }]])(
    'whose headers cannot be sent is a 500: %j',
    async (headers) => {
      await site.file('index.js');
      await site.serve();
      const response = await site.get('/', { method: 'POST', body: JSON.stringify({ headers }) });
      expect(response.status).toBe(500);
      expect(response.headers.get('y')).toBeNull();
      expect(site.lines.join('\n')).toMatch(
        /^Error running worker "index.js" at route "\/": cannot send its answer/m,
      );
    },
  );

  it('that fails is a 500 with the text of wws, and its stderr is in the log', async () => {
    await site.file('index.js');
    await site.serve();
    const response = await site.get('/', { method: 'POST', body: 'fail' });
    expect(response.status).toBe(500);
    expect(response.headers.get('content-type')).toBe('text/html');
    expect(await response.text()).toBe('<p>There was an error running this function</p>');
    expect(site.lines).toContain('index.js | trapped');
    expect(site.lines).toContain('Error running worker "index.js" at route "/": trap');
  });

  it('that spins is a 504, and others answer meanwhile', async () => {
    await site.file('a.js');
    await site.file('b.js');
    await site.serve({ worker: { time: 300 } });
    const spinning = site.get('/a', { method: 'POST', body: 'spin' });
    expect((await site.get('/b')).status).toBe(200);
    expect((await spinning).status).toBe(504);
  });

  it('with a broken configuration is a 500 alone', async () => {
    await site.file('a.js');
    await site.file('a.toml', 'version = 1\n');
    await site.file('b.js');
    await site.serve();
    expect((await site.get('/a')).status).toBe(500);
    expect((await site.get('/b')).status).toBe(200);
    const reason = 'a.toml:1:1: "version" must be a string such as "1", not a number';
    expect(site.lines.filter((line) => line.includes(reason))).toEqual([
      `Cannot load worker "a.js": ${reason}`,
      `Error running worker "a.js" at route "/a": ${reason}`,
    ]);
  });

  it('that does not load is told of once with all details, and by one line for each request', async () => {
    await site.file('deep/broken.js');
    await site.serve();
    await site.server?.loaded;
    for (const _ of [1, 2]) expect((await site.get('/deep/broken')).status).toBe(500);
    const error = 'Error running worker "deep/broken.js" at route "/deep/broken": line 3: nonsense';
    expect(site.lines.filter((line) => line.includes('nonsense'))).toEqual([
      'Cannot load worker "deep/broken.js": line 3: nonsense\n    It printed:\n    127.0.0.1 "GET / HTTP/1.1" 200\\x1b[2K',
      error,
      error,
    ]);
  });

  it('that fails of itself is told of by one line, and its stack by lines under its name', async () => {
    await site.file('index.js');
    await site.serve();
    await site.get('/', { method: 'POST', body: 'throw' });
    expect(site.lines).toContain('Error running worker "index.js" at route "/": Error: thrown');
    expect(site.lines).toContainEqual(
      expect.stringMatching(/^index\.js \| Error: thrown(\nindex\.js \| +at .*)+$/),
    );
  });

  it('asked for more than fits its queue answers 503 with Retry-After', async () => {
    await site.file('index.js');
    await site.serve({ worker: { queue: 1, time: 400 } });
    const init = { method: 'POST', body: 'spin' };
    const answers = await Promise.all([1, 2, 3, 4, 5].map(async () => await site.get('/', init)));
    const refused = answers.filter((answer) => answer.status === 503);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]?.headers.get('retry-after')).toBe('1');
  });
});
