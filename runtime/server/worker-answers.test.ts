import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { type AnsweringOptions, answering, siteWithModuleForEach } from './testdata/answering-module.ts';
import type { TestServer } from './testdata/test-server.ts';

let module: Buffer;
let site: TestServer;

siteWithModuleForEach((made, bytes) => {
  [site, module] = [made, bytes];
});

const VALID = '{"data":"fine","headers":{},"status":200,"kv":{}}';
const FAILED = '<p>There was an error running this function</p>';

/** A real module at `/NAME` that answers `answer`, or what its mode says. */
async function worker(name: string, answer: string, options: AnsweringOptions = {}): Promise<void> {
  await site.file(`${name}.wasm`, module);
  await site.file(`${name}.toml`, answering(answer, options));
}

/** The worker's answer is refused, the log says why, and a worker beside it is served. */
async function expectFailure(reason: RegExp): Promise<void> {
  await worker('beside', VALID);
  await site.serve({ languages: 'real' });
  const response = await site.get('/a');
  expect([response.status, await response.text()]).toEqual([500, FAILED]);
  expect(response.headers.get('content-type')).toBe('text/html');
  expect(site.lines.filter((line) => line.startsWith('Error running')).join('\n')).toMatch(reason);
  expect(await (await site.get('/beside')).text()).toBe('fine');
}

describe('attack 47: an answer that is none', () => {
  it.each([
    ['no JSON', 'debug print'],
    ['nothing', ''],
    ['two objects', `${VALID}${VALID}`],
    ['a print before the object', `hello\n${VALID}`],
    ['a list', '[]'],
    ['half an object', VALID.slice(0, -1)],
    ['a byte order mark', `\ufeff${VALID}`],
  ])('attack 47: %s is a 500', async (_what, answer) => {
    await worker('a', answer);
    await expectFailure(answer === '' ? /stdout is empty/ : /stdout is not one JSON object/);
  });

  it('attack 47: JSON of a gigabyte is stopped at the limit', async () => {
    await worker('a', '', { mode: 'gigabyte' });
    await expectFailure(/Stopped: wrote more than 16 MiB to stdout/);
  });

  it('attack 47: JSON a hundred thousand levels deep is a 500', async () => {
    await worker('a', '', { mode: 'deep' });
    await expectFailure(
      /^Error running worker "a.wasm" at route "\/a": ("data" is an array|stdout is (not|refused))/,
    );
  });

  it.each([
    ['in place of the answer', '{"__proto__":{"data":"x","headers":{},"status":200,"kv":{}}}'],
    ['in place of a key', '{"__proto__":{"data":"x"},"headers":{},"status":200,"kv":{}}'],
  ])('attack 47: __proto__ %s answers nothing', async (_where, answer) => {
    await worker('a', answer);
    await expectFailure(/"data" is nothing, expected a string/);
  });

  it('attack 47: __proto__ among headers and keys is a name', async () => {
    const answer =
      '{"data":"","headers":{"__proto__":"p","constructor":"c"},"status":200,"kv":{"__proto__":"k"}}';
    await worker('a', answer);
    await site.serve({ languages: 'real' });
    const { status, headers } = await site.get('/a');
    expect([status, headers.get('--proto--'), headers.get('constructor')]).toEqual([200, 'p', 'c']);
  });

  it.each(['YWI', 'YW I=', '\u00e9', '!!!!'])('attack 47: %j said to be base64 is a 500', async (data) => {
    await worker('a', JSON.stringify({ data, headers: {}, status: 200, kv: {}, base64: true }));
    await expectFailure(/"data" is not base64/);
  });
});

describe('attack 48: a status or header that cannot be sent', () => {
  it.each([
    ['CR and LF in a value', { x: '1\r\ny: 2' }],
    ['LF in a value of a list', { x: ['1', '2\ny: 2'] }],
    ['NUL in a value', { x: 'a\0b' }],
    ['CR and LF in a name', { 'x\r\ny': '1' }],
    ['a space in a name', { 'a b': '1' }],
    ['a colon in a name', { 'a:b': '1' }],
    ['no name', { '': '1' }],
    ['a name that is no ASCII', { é: '1' }],
  ])('attack 48: %s is a 500, and nothing of it is sent', async (_what, headers) => {
    await worker('a', JSON.stringify({ data: '', headers, status: 200, kv: {} }));
    await expectFailure(/cannot send its answer/);
    expect(await site.rawGet('/a')).not.toMatch(/^y:/m);
  });

  it.each([
    [99, 200],
    [0, 200],
    [1000, 200],
    [65_535, 200],
    [599, 599],
    [101, 500],
    [100, 500],
    ['200', 500],
    [200.5, 500],
    [-1, 500],
    [65_536, 500],
    [null, 500],
  ])('attack 48: the status %j is answered %i', async (status, sent) => {
    await worker('a', JSON.stringify({ data: '', headers: {}, status, kv: {} }));
    await site.serve({ languages: 'real' });
    expect(await site.rawGet('/a')).toMatch(new RegExp(`^HTTP/1\\.1 ${sent} `));
  });

  it('attack 48: fifty thousand header lines are a 500', async () => {
    await worker('a', '', { mode: 'headers' });
    await expectFailure(/Stopped: answered more than 1000 header lines/);
  });

  it('attack 48: more header lines than the operator allows are a 500', async () => {
    await worker('a', JSON.stringify({ data: '', headers: { x: ['1', '2'], y: '3' }, status: 200, kv: {} }));
    await site.serve({ languages: 'real', limits: { answerHeaders: 2 } });
    expect((await site.get('/a')).status).toBe(500);
  });
});

describe("attack 49: headers that are the server's", () => {
  it.each([
    ['Content-Length', '999'],
    ['content_length', '0'],
    ['Transfer-Encoding', 'chunked'],
    ['Connection', 'upgrade'],
    ['Keep-Alive', 'timeout=9999'],
    ['Upgrade', 'h2c'],
    ['Trailer', 'x'],
    ['TE', 'trailers'],
    ['Proxy-Connection', 'close'],
  ])('attack 49: %s of a worker is left out, and the connection goes on', async (name, value) => {
    await worker('a', JSON.stringify({ data: 'body', headers: { [name]: value }, status: 200, kv: {} }));
    await site.serve({ languages: 'real' });
    const get = 'GET /a HTTP/1.1\r\nhost: h\r\n';
    const answer = await site.raw(`${get}\r\n${get}connection: close\r\n\r\n`);
    expect(answer.match(/HTTP\/1\.1 200 OK\r\n/g)).toHaveLength(2);
    expect(answer.match(/^content-length: 4\r$/gim)).toHaveLength(2);
    expect(answer).not.toMatch(new RegExp(`^${name.replace('_', '-')}: ${value}\r$`, 'im'));
  });

  it.each([204, 304])('attack 49: a status %i has no body, whatever the worker sends', async (status) => {
    await worker('a', JSON.stringify({ data: 'HTTP/1.1 200 OK', headers: {}, status, kv: {} }));
    await site.serve({ languages: 'real' });
    const answer = await site.rawGet('/a');
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(answer).not.toMatch(/^(content-length|transfer-encoding):/im);
  });
});

describe('attack 50: output without end', () => {
  it('attack 50: stops the worker at its limit, and counts it', async () => {
    site.observe();
    await worker('a', '', { mode: 'endless', more: '[limits]\noutput = "1 MiB"\n' });
    await expectFailure(/Stopped: wrote more than 1 MiB to stdout/);
    expect(site.events).toContainEqual({ kind: 'limit', limit: 'output', worker: 'a.wasm' });
  });

  it('attack 50: on stderr is dropped and counted, and the answer stands', async () => {
    site.observe();
    await worker('a', VALID, { mode: 'noisy', more: '[limits]\nlog = 100\n' });
    await site.serve({ languages: 'real' });
    expect(await (await site.get('/a')).text()).toBe('fine');
    expect(site.lines.join('\n')).toContain('65535900 more bytes of stderr dropped');
    expect(site.events).toContainEqual({ kind: 'limit', limit: 'log', worker: 'a.wasm' });
  });
});

describe('attack 51: an end after a valid answer', () => {
  it.each([
    ['exit3', /Exited with code 3/],
    ['trap', /Trapped: unreachable/],
  ])('attack 51: by %s is a 500', async (mode, reason) => {
    await worker('a', VALID, { mode });
    await expectFailure(reason);
  });

  it('attack 51: by exit code 0 is a success', async () => {
    await worker('a', VALID, { mode: 'exit0' });
    await site.serve({ languages: 'real' });
    expect(await (await site.get('/a')).text()).toBe('fine');
  });

  it('attack 51: that does not come is a 504', async () => {
    await worker('a', VALID, { mode: 'spin', more: '[limits]\ntime = 300\n' });
    await site.serve({ languages: 'real' });
    expect((await site.get('/a')).status).toBe(504);
  });
});

describe('attack 52: a body that is no text', () => {
  const bytes = new Uint8Array([0xff, 0x00, 0x80, 0xc3, 0x28, 0x0a]);

  async function envelope(target: string): Promise<Record<string, unknown>> {
    const response = await site.get(target, { method: 'POST', body: bytes });
    return (await response.json()) as Record<string, unknown>;
  }

  it('attack 52: reaches a module as base64 where its configuration asks for it', async () => {
    await worker('a', '', { mode: 'echo', more: '[features]\nbinary_bodies = true\n' });
    await site.serve({ languages: 'real' });
    const { body, base64 } = await envelope('/a');
    expect([base64, body]).toEqual([true, Buffer.from(bytes).toString('base64')]);
    const text = await site.get('/a', { method: 'POST', body: 'é' });
    const request = (await text.json()) as Record<string, unknown>;
    expect([request['body'], 'base64' in request]).toEqual(['é', false]);
  });

  it('attack 52: is empty for a module that does not ask, with the six keys of wws, and the log says so', async () => {
    await worker('a', '', { mode: 'echo' });
    await site.serve({ languages: 'real' });
    const request = await envelope('/a');
    expect(Object.keys(request)).toEqual(['url', 'method', 'headers', 'body', 'kv', 'params']);
    expect(request['body']).toBe('');
    expect(site.lines.join('\n')).toMatch(/In worker "a.wasm" .* no UTF-8/);
  });

  it('attack 52: is intact in JavaScript, both ways', async () => {
    await site.file('a.js', 'export default async (request) => new Response(await request.arrayBuffer());');
    await site.serve({ languages: 'real' });
    const response = await site.get('/a', { method: 'POST', body: bytes });
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes);
  });
});

describe('cookies', () => {
  it.each([
    ['a module', 'wasm'],
    ['JavaScript', 'js'],
  ])('of %s are each a header of their own', async (_what, kind) => {
    const cookies = ['a=1; Path=/', 'b=2, c'];
    if (kind === 'js') {
      const headers = JSON.stringify(cookies.map((cookie) => ['set-cookie', cookie]));
      await site.file('a.js', `export default () => new Response('', { headers: ${headers} });`);
    } else {
      const headers = { 'Set-Cookie': cookies };
      await worker('a', JSON.stringify({ data: '', headers, status: 200, kv: {} }));
    }
    await site.serve({ languages: 'real' });
    expect((await site.get('/a')).headers.getSetCookie()).toEqual(cookies);
  });
});

describe('HEAD', () => {
  it('goes to the worker, and the answer has the length of a body that is not sent', async () => {
    await worker('a', VALID);
    await site.serve({ languages: 'real' });
    const head = 'HEAD /a HTTP/1.1\r\nhost: h\r\n';
    const answer = await site.raw(`${head}\r\n${head}connection: close\r\n\r\n`);
    expect(answer.match(/^content-length: 4\r$/gim)).toHaveLength(2);
    expect(answer).not.toContain('fine');
  });

  it('answered without a body has the length the worker gives, or none', async () => {
    const answer = (headers: object): string => JSON.stringify({ data: '', headers, status: 200, kv: {} });
    await worker('said', answer({ 'Content-Length': '42' }));
    await worker('wrong', answer({ 'Content-Length': '4\r\nx: y' }));
    await worker('unsaid', answer({}));
    await site.serve({ languages: 'real' });
    const head = async (target: string): Promise<string | null> =>
      (await site.get(target, { method: 'HEAD' })).headers.get('content-length');
    expect([await head('/said'), await head('/wrong'), await head('/unsaid')]).toEqual(['42', null, null]);
    expect((await site.get('/said')).headers.get('content-length')).toBe('0');
  });
});

it('a request that is answered by several workers in turn keeps its connection', async () => {
  await worker('a', VALID);
  await site.serve({ languages: 'real' });
  const socket = connect(site.port, '127.0.0.1');
  for (let round = 0; round < 3; round += 1) {
    socket.write('GET /a HTTP/1.1\r\nhost: h\r\n\r\n');
    const answer = await new Promise<Buffer>((resolve) => socket.once('data', resolve));
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 200 OK(.|\r\n)*connection: keep-alive/i);
  }
  socket.destroy();
});
