import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { releaseAfterEach, sender, start } from './testdata/kept.ts';
import type { SenderOptions } from './testdata/sender.ts';
import { certificateFor, Upstream } from './testdata/upstream.ts';

releaseAfterEach();

describe('wws §2.4 an outbound request', () => {
  it('sends method, path, headers with repeats and body, and brings back all that came', async () => {
    const upstream = await start((_request, response) => {
      response.writeHead(
        404,
        'Gone Fishing',
        [
          ['X-Twice', '1'],
          ['x-twice', '2'],
          ['Set-Cookie', 'a=1'],
          ['Set-Cookie', 'b=2'],
        ].flat(),
      );
      response.end('body');
    });
    const url = `http://a.test:${upstream.port}/p/%C3%A9?q=1#fragment`;
    const reply = await sender().send(url, {
      method: 'PROPFIND',
      headers: [
        ['A', '1'],
        ['B', '2'],
        ['a', '3'],
        ['Accept', 'text/x'],
      ],
      body: Buffer.from('sent'),
    });
    expect(reply).toMatchObject({
      ok: true,
      url: url.replace('#fragment', ''),
      redirected: false,
      status: 404,
      statusText: 'Gone Fishing',
      body: Uint8Array.from(Buffer.from('body')),
    });
    const given = reply.ok ? reply.headers.filter(([name]) => /x-twice|cookie/.test(name)) : [];
    expect(given).toEqual([
      ['x-twice', '1'],
      ['x-twice', '2'],
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
    ]);
    const [seen] = upstream.seen;
    expect(seen).toMatchObject({ method: 'PROPFIND', url: '/p/%C3%A9?q=1', body: 'sent' });
    expect(seen?.rawHeaders.join('|')).toContain('A|1|B|2|a|3|Accept|text/x');
  });

  it('decides itself what is about the connection, and who the host is', async () => {
    const upstream = await start();
    const reply = await sender().get(`http://user:p%40ss@a.test:${upstream.port}/`, {
      method: 'POST',
      headers: [
        ['Host', 'evil.test'],
        ['Content-Length', '99'],
        ['Transfer-Encoding', 'chunked'],
        ['Connection', 'upgrade'],
        ['Upgrade', 'x'],
        ['Expect', '100-continue'],
        ['x', 'y'],
      ],
    });
    expect(reply).toEqual([200, 'ok']);
    const headers = upstream.seen[0]?.rawHeaders.join('|').toLowerCase();
    expect(headers).toContain(`host|a.test:${upstream.port}`);
    expect(headers).toContain(
      `authorization|basic ${Buffer.from('user:p@ss').toString('base64')}`.toLowerCase(),
    );
    expect(headers).not.toMatch(/evil|99|chunked|upgrade|expect/);
  });

  it.each([
    ['bad\nname', 'x'],
    ['x', 'a\r\nInjected: 1'],
    ['', 'x'],
  ])('refuses the header %j: %j', async (name, value) => {
    const upstream = await start();
    const [code] = await sender().get(`http://a.test:${upstream.port}/`, { headers: [[name, value]] });
    expect(code).toBe('invalid-request');
    expect(upstream.seen).toEqual([]);
  });

  it('trusts certificates of known authorities only, and for the name in the URL', async () => {
    const tls = await certificateFor('DNS:a.test');
    const upstream = await start(undefined, { tls });
    const trusting = sender({ ca: tls.cert });
    expect(await trusting.get(`https://a.test:${upstream.port}/`)).toEqual([200, 'ok']);
    expect(await trusting.get(`https://b.test:${upstream.port}/`)).toMatchObject([
      'invalid-request',
      /altnames/,
    ]);
    expect(await sender().get(`https://a.test:${upstream.port}/`)).toMatchObject([
      'invalid-request',
      /self-signed/,
    ]);
  });

  it('says which of its errors it was', async () => {
    const upstream = await start((request, response) => {
      if (request.url === '/reset') request.socket.destroy();
      if (request.url === '/half')
        response.writeHead(200, { 'content-length': 10 }).write('half', () => request.socket.destroy());
      if (request.url === '/headers') response.writeHead(200, { big: 'x'.repeat(20_000) }).end();
    });
    const at = `http://a.test:${upstream.port}`;
    const gone = await Upstream.start();
    const closed = `http://a.test:${gone.port}/`;
    await gone[Symbol.asyncDispose]();
    const one = sender();
    expect(await one.get(closed)).toMatchObject(['invalid-request', /: connection refused$/]);
    expect(await one.get(`${at}/reset`)).toMatchObject(['invalid-request', /the connection was closed$/]);
    expect(await one.get(`${at}/half`)).toMatchObject([
      'invalid-response-body',
      /^Cannot read the answer of 'a\.test:\d+': /,
    ]);
    expect(await one.get(`${at}/headers`)).toMatchObject(['internal-error', /too large$/]);
    const unknown = sender({ policy: { allowedHosts: ['nowhere.example'] } });
    expect(await unknown.get('https://nowhere.example/')).toMatchObject([
      'invalid-request',
      /^Cannot resolve the host/,
    ]);
  });

  it('gives up on a host that does not get ready to talk', async () => {
    const server = createServer();
    const listening = Promise.withResolvers<void>();
    server.listen(0, '127.0.0.1', listening.resolve);
    await listening.promise;
    const { port } = server.address() as AddressInfo;
    const url = `https://a.test:${port}/`;
    expect(await sender({ connectMs: 30 }).get(url)).toEqual([
      'timeout',
      `Cannot connect to 'a.test:${port}' in time`,
    ]);
    server.close();
  });

  it('ignores proxies that the environment names', async () => {
    const proxy = await start();
    const upstream = await start();
    const variables = ['http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY', 'NODE_USE_ENV_PROXY'];
    const before = variables.map((name) => process.env[name]);
    for (const name of variables)
      process.env[name] = name.startsWith('NODE') ? '1' : `http://127.0.0.1:${proxy.port}`;
    try {
      expect(await sender().get(`http://a.test:${upstream.port}/`)).toEqual([200, 'ok']);
    } finally {
      for (const [index, name] of variables.entries()) {
        if (before[index] === undefined) delete process.env[name];
        else process.env[name] = before[index];
      }
    }
    expect(proxy.seen).toEqual([]);
  });

  it('is ended with its call', async () => {
    const arrived = Promise.withResolvers<void>();
    const upstream = await start(() => arrived.resolve());
    const one = sender();
    const sent = one.send(`http://a.test:${upstream.port}/`);
    await arrived.promise;
    one.call.abort(new Error('over'));
    await expect(sent).rejects.toThrow('over');
    await upstream.idle();
  });

  it('uses a connection again, but never for an address that was not just looked up', async () => {
    const upstream = await start();
    let address = '127.0.0.1';
    const one = sender({ resolver: { resolve: async () => [address] } });
    const url = `http://a.test:${upstream.port}/`;
    for (let i = 0; i < 10; i++) expect(await one.get(url)).toEqual([200, 'ok']);
    // The next request may come before the connection of the last one is free.
    expect(upstream.connections).toBeLessThanOrEqual(2);
    address = '127.0.0.2';
    expect(await one.get(url)).toMatchObject(['invalid-request', /connection refused/]);
  });

  it('leaves no connection behind when it is closed', async () => {
    const upstream = await start();
    const one = sender();
    await one.get(`http://a.test:${upstream.port}/`);
    expect(upstream.sockets.size).toBe(1);
    await one.outbound.close();
    await upstream.idle();
  });
});

describe('redirects', () => {
  /** Redirects `/302/x` to `x`, with that status. */
  function redirecting() {
    return start((request, response) => {
      const [, status, target] = /^\/(30\d)\/(.*)$/.exec(request.url ?? '') ?? [];
      if (status === undefined) response.end('end');
      else response.writeHead(Number(status), { location: decodeURIComponent(target ?? '') }).end('moved');
    });
  }

  const to = (status: number, target: string): string => `/${status}/${encodeURIComponent(target)}`;

  it('are followed as the Fetch standard says', async () => {
    const upstream = await redirecting();
    const at = `http://a.test:${upstream.port}`;
    const one = sender();
    const body = Buffer.from('sent');
    const reply = await one.send(`${at}${to(301, '/end')}#part`, {
      headers: [['content-type', 't/x']],
      method: 'POST',
      body,
    });
    expect(reply).toMatchObject({ ok: true, status: 200, redirected: true, url: `${at}/end` });
    for (const [status, method] of [
      [302, 'PUT'],
      [303, 'PUT'],
      [307, 'POST'],
      [308, 'POST'],
      [303, 'HEAD'],
    ] as const) {
      await one.send(`${at}${to(status, '/end')}`, { method, body: method === 'HEAD' ? undefined : body });
    }
    const ends = upstream.seen.filter(({ url }) => url === '/end');
    expect(ends.map(({ method, body: sent }) => [method, sent])).toEqual([
      ['GET', ''],
      ['PUT', 'sent'],
      ['GET', ''],
      ['POST', 'sent'],
      ['POST', 'sent'],
      ['HEAD', ''],
    ]);
    expect(ends[0]?.rawHeaders.join('|').toLowerCase()).not.toContain('content-type');
  });

  it('can be refused, or taken as they are', async () => {
    const upstream = await redirecting();
    const url = `http://a.test:${upstream.port}${to(302, '/end')}`;
    expect(await sender().get(url, { redirect: 'manual' })).toEqual([302, 'moved']);
    expect(await sender().get(url, { redirect: 'error' })).toEqual([
      'internal-error',
      'The answer is a redirect',
    ]);
  });

  it('are followed ten times', async () => {
    const upstream = await redirecting();
    const chain = (length: number): string => {
      let target = '/end';
      for (let i = 0; i < length; i++) target = to(302, target);
      return `http://a.test:${upstream.port}${target}`;
    };
    expect(await sender().get(chain(4))).toEqual([200, 'end']);
    const loop = await start((request, response) => response.writeHead(302, { location: request.url }).end());
    expect(await sender().get(`http://a.test:${loop.port}/`)).toEqual([
      'redirect-loop',
      'too many redirects',
    ]);
    expect(loop.seen).toHaveLength(11);
  });

  it('do not tell another origin what was meant for the first', async () => {
    const [one, other] = [await redirecting(), await start()];
    const headers = [
      ['Authorization', 'secret'],
      ['Cookie', 'secret'],
      ['x', 'kept'],
    ] as const;
    await sender().get(`http://user:secret@a.test:${one.port}${to(307, `http://b.test:${other.port}/`)}`, {
      headers,
    });
    const [seen] = other.seen;
    expect(seen?.rawHeaders.join('|')).toContain('x|kept');
    expect(seen?.rawHeaders.join('|')).not.toMatch(/secret|authorization|cookie/i);
  });
});

describe('the log of refused requests', () => {
  it('names worker, host and the key to change, and nothing else of the URL', async () => {
    const lines = async (url: string, options: SenderOptions = {}, method = 'GET') => {
      const one = sender(options);
      await one.get(url, { method });
      await one.get(url, { method });
      return one.lines;
    };
    const refused = (what: string): string[] => [`Refused a request of worker "a.js" to ${what}`];
    const key = 'in [features.http_requests]';
    expect(await lines('https://user:secret@c.test/secret?secret#secret')).toEqual(
      refused(`"c.test": the host is not among allowed_hosts ${key}`),
    );
    expect(await lines('http://a.test:81/', { policy: { allowHttp: false } })).toEqual(
      refused(`"a.test:81": it takes allow_http = true to use http ${key}`),
    );
    expect(await lines('https://a.test/', {}, 'PATCH')).toEqual(
      refused(`"a.test": the method "PATCH" is not among allowed_methods ${key}`),
    );
    expect(await lines('http://a.test/', { egress: [] })).toEqual(
      refused('"a.test" at 127.0.0.1: the operator allows it with --egress loopback (annotation wws.egress)'),
    );
    expect(await lines('http://0.0.0.0/', { policy: { allowedHosts: ['0.0.0.0'] } })).toEqual(
      refused('"0.0.0.0": no worker may send there'),
    );
  });
});
