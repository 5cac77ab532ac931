import { describe, expect, it } from 'vitest';
import { loadWorkerText, request, shown } from './worker-fixture.ts';

describe('loading a worker', () => {
  const load = (source: string | Uint8Array) => loadWorkerText(source, { name: 'users/[id].js' });

  it('names file, line and column of a syntax error', async () => {
    await expect(load(`const a = 1;\n  const b = ;\n`)).rejects.toThrow(
      /^Cannot load worker "users\/\[id\]\.js": users\/\[id\]\.js:2:\d+: SyntaxError: .*$/,
    );
    await expect(load(`export default {\n  fetch( { return 1 }\n};`)).rejects.toThrow(
      /^Cannot load worker "users\/\[id\]\.js": users\/\[id\]\.js:2:\d+: SyntaxError: .*$/,
    );
  });

  it('gives place and stack of an error at top level, and what was printed before', async () => {
    await expect(
      load(`console.log('here');\nfunction start() {\n  throw new RangeError('too far');\n}\nstart();\n`),
    ).rejects.toThrow(
      /^Cannot load worker "users\/\[id\]\.js": users\/\[id\]\.js:3:\d+: RangeError: too far\n +at start \(users\/\[id\]\.js:3:\d+\)\n +at <eval> \(users\/\[id\]\.js:5:\d+\)\nIt printed:\nhere$/,
    );
    await expect(load(`export default 1;\nnull.x;`)).rejects.toThrow(
      /: users\/\[id\]\.js:2:\d+: TypeError: cannot read property 'x' of null/,
    );
  });

  it('keeps the prelude out of reach', async () => {
    await expect(load(`import { fail } from 'wws:host'; export default () => fail('x');`)).rejects.toThrow(
      'Cannot import "wws:host"',
    );
    await expect(load(`host.answer(200);`)).rejects.toThrow('host is not defined');
  });

  it('says when there is nothing to call', async () => {
    for (const source of ['', 'const a = 1;', 'export default { x: 1 };', 'export default null;']) {
      await expect(load(source)).rejects.toThrow('The worker has no handler');
    }
  });

  it('says when a top-level await never ends', async () => {
    await expect(load(`await new Promise(() => {}); export default () => {};`)).rejects.toThrow(
      'Its top-level await never settled',
    );
  });

  it('fails for a rejection at top level that nobody handles', async () => {
    await expect(load(`Promise.reject(new Error('lost'));\nexport default () => {};`)).rejects.toThrow(
      /Error: lost\n +at <anonymous> \(users\/\[id\]\.js:1:\d+\)/,
    );
  });

  it('fails for bytes that are not UTF-8', async () => {
    await expect(load(Uint8Array.of(0x2f, 0x2f, 0xff))).rejects.toThrow(
      'Cannot load worker "users/[id].js": it is not UTF-8',
    );
  });

  it('fails when it needs more memory than it may have', async () => {
    await expect(load(`globalThis.all = []; for (;;) all.push(new Uint8Array(1e6));`)).rejects.toThrow(
      'out of memory',
    );
  });
});

describe('a failing handler', () => {
  const run = async (source: string) => {
    const guest = await loadWorkerText(source, { name: 'api.js' });
    return shown(guest.handle(request()));
  };

  it('has its error and stack on stderr, in its own file and lines', async () => {
    const throwing = `function inner() {\n  throw new TypeError('no good', { cause: 'a reason' });\n}\n`;
    const expected = {
      failure: 'There was an error running the handler: TypeError: no good',
      stderr: expect.stringMatching(
        /^There was an error running the handler:\nTypeError: no good\n +at inner \(api\.js:2:\d+\)\n +at .*api\.js:4:\d+\)\nCaused by: a reason\n$/,
      ),
    };
    expect(await run(`${throwing}export default () => inner();`)).toEqual(expected);
    expect(await run(`${throwing}export default async () => inner();`)).toEqual(expected);
    expect(await run(`${throwing}addEventListener('fetch', () => inner());`)).toEqual(expected);
  });

  it('may throw anything', async () => {
    expect(await run(`export default () => { throw 'text'; };`)).toMatchObject({
      failure: 'There was an error running the handler: text',
    });
    expect(await run(`export default () => { throw { toString() { throw 1; } }; };`)).toMatchObject({
      failure: 'There was an error running the handler: A value that cannot be shown',
    });
    expect(await run(`export default () => { throw Object.create(null); };`)).toMatchObject({
      failure: 'There was an error running the handler: A value that cannot be shown',
    });
  });

  it('may throw an error that is its own cause', async () => {
    const answer = await run(`export default () => { const e = new Error('loop'); e.cause = e; throw e; };`);
    expect(answer.stderr.match(/Caused by: Error: loop/g)).toHaveLength(5);
  });

  it('fails when its promise never settles', async () => {
    expect(await run(`export default () => new Promise(() => {});`)).toEqual({
      failure: 'The promise of a response never settled',
      stderr: 'There was an error running the handler:\nThe promise of a response never settled\n',
    });
  });

  it('is told what it returned instead of a response', async () => {
    const returned = {
      undefined: 'undefined',
      '"text"': 'text',
      null: 'null',
      '{ status: 200 }': 'an object of class Object',
      '[]': 'an object of class Array',
      'Object.create(null)': 'an object of class Object',
      'Symbol("s")': 'Symbol(s)',
    };
    for (const [expression, kind] of Object.entries(returned)) {
      expect(await run(`export default () => (${expression});`)).toMatchObject({
        failure: `Couldn't process the response from the handler: TypeError: Expected the handler to return a Response, got ${kind}`,
      });
    }
  });

  it('is told that its listener did not respond', async () => {
    expect(await run(`addEventListener('fetch', () => new Response(''));`)).toMatchObject({
      failure: expect.stringContaining('The listener did not call event.respondWith()'),
    });
  });

  it('is told of statuses and headers that cannot be', async () => {
    for (const status of ['0', '199', '1000', '200.5', '"x"', 'NaN', '{}']) {
      expect(await run(`export default () => new Response('', { status: ${status} });`)).toMatchObject({
        failure: expect.stringContaining('Invalid response status'),
      });
      expect(
        await run(`export default () => { const r = new Response(''); r.status = ${status}; return r; };`),
      ).toMatchObject({ failure: expect.stringContaining('Invalid response status') });
    }
    for (const headers of [
      `{ 'a b': '1' }`,
      `{ a: 'x\\r\\ny: z' }`,
      `{ a: '€' }`,
      `{ '': '' }`,
      '7',
      `[['a']]`,
    ]) {
      expect(await run(`export default () => new Response('', { headers: ${headers} });`)).toMatchObject({
        failure: expect.stringMatching(/There was an error running the handler: TypeError: .*(eader)/),
      });
    }
  });

  it('may have getters that throw on its response', async () => {
    for (const name of ['status', 'headers', 'body']) {
      expect(
        await run(`export default () => Object.defineProperty(new Response(''), '${name}', {
          get() { throw new Error('from a getter'); } });`),
      ).toMatchObject({ failure: "Couldn't process the response from the handler: Error: from a getter" });
    }
  });

  it('reports a rejection nobody handled without failing the request', async () => {
    expect(
      await run(`export default () => { Promise.reject(new Error('lost')); return new Response('fine'); };`),
    ).toMatchObject({
      body: 'fine',
      stderr: expect.stringMatching(/^Unhandled promise rejection:\nError: lost\n/),
    });
    expect(
      await run(`export default async () => {
        const promise = Promise.reject(new Error('found'));
        await null;
        await promise.catch(() => {});
        return new Response('fine');
      };`),
    ).toMatchObject({ body: 'fine', stderr: '' });
  });

  it('has its flood of output cut', async () => {
    const guest = await loadWorkerText(
      `export default () => { for (let i = 0; i < 100; i++) console.log('0123456789'); return new Response(''); };`,
      { limits: { log: 25 } },
    );
    expect(shown(guest.handle(request()))).toMatchObject({
      stderr: '0123456789\n0123456789\n012\n[1075 more bytes dropped]\n',
    });
  });
});
