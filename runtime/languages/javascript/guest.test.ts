import { describe, expect, it } from 'vitest';
import { evaluate, loadWorkerText, request, shown } from './worker-fixture.ts';

describe('forms of a worker', () => {
  const forms = {
    'a script that calls addEventListener': `addEventListener('fetch', (event) => event.respondWith(new Response('hello')));`,
    'a script that responds with a promise': `addEventListener('fetch', (event) => event.respondWith(Promise.resolve(new Response('hello'))));`,
    'a script with an asynchronous listener': `addEventListener('fetch', async (event) => { await null; event.respondWith(new Response('hello')); });`,
    'export default { fetch }': `export default { fetch() { return new Response('hello'); } };`,
    'export default app': `class App { text = 'hello'; async fetch() { return new Response(this.text); } }
       const app = new App(); export default app;`,
    'export { x as default }': `const x = { fetch: () => new Response('hello') }; export { x as default };`,
    'export default function': `export default function () { return new Response('hello'); }`,
    'export default async function': `export default async function handler() { return new Response('hello'); }`,
    'export default arrow': `export default (req) => new Response('hello');`,
    'a module that calls addEventListener': `export const unused = await 1; addEventListener('fetch', (e) => e.respondWith(new Response('hello')));`,
    'a script that only mentions the words of a module': `// export default app
       const text = "import x from 'y'";
       addEventListener('fetch', (e) => e.respondWith(new Response('hello')));`,
  };

  for (const [name, source] of Object.entries(forms)) {
    it(`accepts ${name}`, async () => {
      const guest = await loadWorkerText(source);
      expect(shown(guest.handle(request()))).toEqual({
        status: 200,
        headers: {},
        body: 'hello',
        kv: undefined,
        stderr: '',
      });
    });
  }

  it('lets the last fetch listener win, whatever other events are listened for', async () => {
    const guest = await loadWorkerText(`
      for (const name of ['fetch', 'fetch', 'scheduled']) {
        const number = (globalThis.number ?? 0) + 1;
        globalThis.number = number;
        addEventListener(name, (e) => e.respondWith(new Response(name + number)));
      }`);
    expect(shown(guest.handle(request()))).toMatchObject({ body: 'fetch2' });
  });
});

describe('the request', () => {
  it('attack 52: has the very bytes of a body that is no text', async () => {
    const guest = await loadWorkerText(`export default async (request) => {
      const copy = new Request(request);
      const bytes = await request.bytes();
      bytes[0] = 0;
      const lists = [await request.arrayBuffer(), await copy.bytes(), await request.clone().arrayBuffer()];
      return Response.json([...lists.map((list) => [...new Uint8Array(list)]), request.body, await request.text()]);
    }`);
    const bytes = new Uint8Array([0xff, 0, 0x80, 0xc3]);
    const list = [...bytes];
    expect(JSON.parse((shown(guest.handle(request({ bytes }))) as { body: string }).body)).toEqual([
      list,
      list,
      list,
      '',
      '\ufffd\0\ufffd\ufffd',
    ]);
  });

  it('has the bytes of a body that is text, byte order mark and all', async () => {
    const body = '\ufeffé';
    expect(await evaluate('request.bytes().then((bytes) => [...bytes])', { body })).toEqual([
      ...Buffer.from(body),
    ]);
  });

  it('brings every part of the envelope', async () => {
    const guest = await loadWorkerText(`export default (request) => Response.json({
      url: request.url, method: request.method, headers: request.headers, body: request.body,
      params: request.params, kv: Cache.get('counter'), isRequest: request instanceof Request,
    });`);
    const answer = shown(
      guest.handle(
        request({
          url: 'https://example.org/a%20b?c=%C3%A4',
          method: 'PROPFIND',
          headers: { 'content-type': 'text/plain', 'x-ä': 'ü' },
          body: 'a "body" with\nlines, \0 and 🎉',
          kv: { counter: '7' },
          params: { id: 'a/b' },
        }),
      ),
    );
    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'application/json' } });
    expect(JSON.parse('body' in answer ? answer.body : '')).toEqual({
      url: 'https://example.org/a%20b?c=%C3%A4',
      method: 'PROPFIND',
      headers: { 'content-type': 'text/plain', 'x-ä': 'ü' },
      body: 'a "body" with\nlines, \0 and 🎉',
      params: { id: 'a/b' },
      kv: '7',
      isRequest: true,
    });
  });

  it('takes __proto__ for a name like any other', async () => {
    const guest = await loadWorkerText(`export default (request) => {
      Cache.set('seen', [request.headers.get('__proto__'), Object.keys(request.params), {}.x].join());
      return new Response('', { headers: new Headers([['__proto__', 'out']]) });
    }`);
    const named = (value: string) =>
      JSON.parse(`{"__proto__":${JSON.stringify(value)}}`) as Record<string, string>;
    const result = guest.handle(
      request({ headers: named('in'), params: named('p'), kv: JSON.parse('{"__proto__":"k","x":"y"}') }),
    );
    if (!result.ok) throw new Error(result.reason);
    expect(Object.entries(result.response.headers)).toEqual([['__proto__', 'out']]);
    expect(Object.entries(result.response.kv ?? {})).toEqual([
      ['__proto__', 'k'],
      ['x', 'y'],
      ['seen', 'in,__proto__,'],
    ]);
  });
});

describe('the key/value store', () => {
  it('gives strings and takes anything, as text', async () => {
    const guest = await loadWorkerText(`export default () => {
      const count = Number(Cache.get('counter') ?? 0);
      Cache.set('counter', count + 1);
      Cache.set('flag', true);
      Cache.set('gone', undefined);
      return new Response(String(Cache.get('missing')));
    }`);
    expect(shown(guest.handle(request({ kv: { counter: '41', other: 'stays', gone: 'x' } })))).toMatchObject({
      body: 'undefined',
      kv: { counter: '42', other: 'stays', flag: 'true' },
    });
  });

  it('does not come back when the worker leaves it alone', async () => {
    const guest = await loadWorkerText(`export default () => new Response(Cache.get('a'));`);
    expect(shown(guest.handle(request({ kv: { a: '1' } })))).toMatchObject({ body: '1', kv: undefined });
  });
});

describe('top-level code', () => {
  it('sees no store, and leaves none behind', async () => {
    const guest = await loadWorkerText(`
      const early = Cache.get('a');
      Cache.set('b', 'from the top level');
      export default () => new Response([early, Cache.get('a'), Cache.get('b')].join());`);
    expect(shown(guest.handle(request({ kv: { a: '1' } })))).toMatchObject({ body: ',1,', kv: undefined });
  });

  it('has its output come with the first answer', async () => {
    const guest = await loadWorkerText(`console.log('loaded'); export default () => new Response('');`);
    expect(shown(guest.handle(request()))).toMatchObject({ stderr: 'loaded\n' });
    expect(shown(guest.handle(request()))).toMatchObject({ stderr: '' });
  });
});

describe('variables', () => {
  it('are global constants with exactly the given values', async () => {
    const vars = {
      QUOTED: `a "b" 'c' \`d\` \\ \${e}\nf`,
      'not-a-name': 'x',
      URL: 'https://example.org',
      EMPTY: '',
    };
    const guest = await loadWorkerText(
      `const atLoad = QUOTED;
       export default () => Response.json([QUOTED, atLoad, globalThis['not-a-name'], URL, EMPTY]);`,
      { vars },
    );
    const answer = shown(guest.handle(request()));
    expect(JSON.parse('body' in answer ? answer.body : '')).toEqual([
      vars.QUOTED,
      vars.QUOTED,
      'x',
      'https://example.org',
      '',
    ]);
  });

  it('cannot be assigned to', async () => {
    const guest = await loadWorkerText(`export default () => { NAME = 'other'; };`, { vars: { NAME: 'x' } });
    expect(shown(guest.handle(request()))).toMatchObject({
      failure: expect.stringContaining("'NAME' is read-only"),
    });
  });

  it('fail to load when the language forbids the name', async () => {
    await expect(loadWorkerText(`export default () => {};`, { vars: { undefined: 'x' } })).rejects.toThrow(
      'Cannot load worker "worker.js"',
    );
  });
});

describe('the response', () => {
  const bodies: Record<string, [body: string, bytes: number[]]> = {
    'a string': [`'hé'`, [0x68, 0xc3, 0xa9]],
    'an unpaired surrogate': [`'\\ud800'`, [0xef, 0xbf, 0xbd]],
    null: ['null', []],
    undefined: ['undefined', []],
    'an empty string': [`''`, []],
    'a number': ['12', [0x31, 0x32]],
    'an ArrayBuffer': ['new Uint8Array([0, 255, 128]).buffer', [0, 255, 128]],
    'a Uint8Array': ['new Uint8Array([0, 255, 128])', [0, 255, 128]],
    'a part of a buffer': ['new Uint8Array([0, 255, 128]).subarray(1)', [255, 128]],
    'a wider view': ['new Uint16Array([258])', [2, 1]],
    'an empty buffer': ['new ArrayBuffer(0)', []],
    URLSearchParams: [`new URLSearchParams({ a: 'b c' })`, [...Buffer.from('a=b+c')]],
  };

  for (const [name, [body, bytes]] of Object.entries(bodies)) {
    it(`sends ${name}`, async () => {
      const guest = await loadWorkerText(`export default () => new Response(${body});`);
      const result = guest.handle(request());
      expect(result.ok && [...result.response.body]).toEqual(bytes);
    });
  }

  it('carries status and headers, changed after it was made too', async () => {
    const guest = await loadWorkerText(`export default () => {
      const response = new Response(null, { status: 204, headers: { 'X-One': 1, 'x-two': 'a' } });
      response.headers.append('X-Two', 'b');
      response.status = 201;
      return response;
    }`);
    expect(shown(guest.handle(request()))).toEqual({
      status: 201,
      headers: { 'x-one': '1', 'x-two': 'a, b' },
      body: '',
      kv: undefined,
      stderr: '',
    });
  });

  it('sends every cookie by itself', async () => {
    const guest = await loadWorkerText(
      `export default () => new Response('', { headers: [['Set-Cookie', 'a=1'], ['set-cookie', 'b=2'], ['Set-Cookie', 'c=3']] });`,
    );
    expect(shown(guest.handle(request()))).toMatchObject({
      headers: { 'set-cookie': ['a=1', 'b=2', 'c=3'] },
      stderr: '',
    });
  });
});
