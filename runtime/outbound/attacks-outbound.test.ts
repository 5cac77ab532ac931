import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { releaseAfterEach, sender, start } from './testdata/kept.ts';
import { names } from './testdata/sender.ts';
import { certificateFor } from './testdata/upstream.ts';

releaseAfterEach();

describe('attack 53: an allowed host that redirects elsewhere', () => {
  const refused = (host: string): string =>
    `The host '${host}' is not allowed for this worker. Please, update the worker configuration.`;

  it('is refused hosts that are not listed, wherever they are', async () => {
    const inner = await start();
    const targets = [
      ['http://169.254.169.254/latest/meta-data/', '169.254.169.254'],
      [`http://localhost:${inner.port}/`, 'localhost'],
      [`http://127.0.0.1:${inner.port}/`, '127.0.0.1'],
      [`http://[::1]:${inner.port}/`, '[::1]'],
      [`http://c.test:${inner.port}/`, 'c.test'],
      [`//c.test:${inner.port}/`, 'c.test'],
    ] as const;
    for (const [location, host] of targets) {
      const outer = await start((_request, response) => response.writeHead(302, { location }).end());
      expect(await sender().get(`http://a.test:${outer.port}/`)).toEqual(['not-allowed', refused(host)]);
    }
    expect(inner.seen).toEqual([]);
  });

  it('is refused a listed host at an address that is out of bounds', async () => {
    const outer = await start((_request, response) =>
      response.writeHead(302, { location: 'http://b.test/' }).end(),
    );
    const one = sender({ resolver: names({ 'b.test': ['169.254.169.254'] }) });
    expect(await one.get(`http://a.test:${outer.port}/`)).toEqual([
      'not-allowed',
      "The host 'b.test' is not allowed for this worker: its address is metadata",
    ]);
  });

  it('is refused to go from https to http, and to other schemes', async () => {
    const tls = await certificateFor('DNS:a.test');
    const inner = await start();
    for (const [location, code] of [
      [`http://a.test:${inner.port}/`, 'not-allowed'],
      ['file:///etc/passwd', 'invalid-request'],
      ['gopher://a.test/', 'invalid-request'],
    ] as const) {
      const outer = await start((_request, response) => response.writeHead(302, { location }).end(), { tls });
      const one = sender({ ca: tls.cert, policy: { allowHttp: false } });
      expect((await one.get(`https://a.test:${outer.port}/`))[0]).toBe(code);
    }
    expect(inner.seen).toEqual([]);
  });

  it('is refused a method that the worker may not use', async () => {
    const outer = await start((_request, response) => response.writeHead(303, { location: '/x' }).end());
    const one = sender({ policy: { allowedMethods: ['POST'] } });
    expect(await one.get(`http://a.test:${outer.port}/`, { method: 'POST' })).toMatchObject([
      'not-allowed',
      /'GET'/,
    ]);
    expect(outer.seen).toHaveLength(1);
  });
});

describe('attack 54: names that lead inside', () => {
  it('a listed name may lead to a private address, but not to loopback, link-local or metadata addresses', async () => {
    const known = {
      'a.test': ['127.0.0.1'],
      'b.test': ['169.254.1.1'],
      'c.test': ['169.254.169.254'],
      'd.test': ['0.0.0.0'],
      'e.test': ['::ffff:127.0.0.1'],
      'f.test': ['fd00:ec2::254'],
    };
    const one = sender({ egress: [], resolver: names(known), policy: { allowedHosts: Object.keys(known) } });
    const results = await Promise.all(Object.keys(known).map((host) => one.get(`http://${host}/`)));
    expect(results.map(([code, message]) => [code, String(message).replace(/^.* is /, '')])).toEqual([
      ['not-allowed', 'loopback'],
      ['not-allowed', 'link-local'],
      ['not-allowed', 'metadata'],
      ['not-allowed', 'invalid'],
      ['not-allowed', 'loopback'],
      ['not-allowed', 'metadata'],
    ]);
  });

  it('the operator opens each group by itself', async () => {
    const upstream = await start();
    const at = `http://a.test:${upstream.port}/`;
    expect(await sender({ egress: ['loopback'] }).get(at)).toEqual([200, 'ok']);
    expect((await sender({ egress: ['link-local', 'metadata'] }).get(at))[0]).toBe('not-allowed');
    const literal = { allowedHosts: ['127.0.0.1', '169.254.169.254'] };
    const one = `http://127.0.0.1:${upstream.port}/`;
    expect(await sender({ policy: literal }).get(one)).toEqual([200, 'ok']);
    expect((await sender({ policy: literal, egress: [] }).get(one))[0]).toBe('not-allowed');
    expect(
      (await sender({ policy: literal, egress: ['link-local'] }).get('http://169.254.169.254/'))[0],
    ).toBe('not-allowed');
  });

  it('the connection goes to the address that was checked, however often the name changes its mind', async () => {
    const [listed, inner] = [await start(undefined, { host: '127.0.0.2' }), await start()];
    let asked = 0;
    const resolver = { resolve: async () => [asked++ % 2 === 0 ? '127.0.0.2' : '169.254.169.254'] };
    const one = sender({ resolver });
    expect(await one.get(`http://a.test:${listed.port}/`)).toEqual([200, 'ok']);
    expect(asked).toBe(1);
    expect((await one.get(`http://a.test:${listed.port}/`))[0]).toBe('not-allowed');
    expect(inner.seen).toEqual([]);
  });

  it('of several addresses only those that are in bounds are tried', async () => {
    const [allowed, forbidden] = [await start(undefined, { host: '127.0.0.2' }), await start()];
    const one = sender({ resolver: names({ 'a.test': ['169.254.169.254', '0.0.0.0', '127.0.0.2'] }) });
    expect(await one.get(`http://a.test:${allowed.port}/`)).toEqual([200, 'ok']);
    expect(forbidden.seen).toEqual([]);
  });

  it('a lookup that never ends is given up with its call', async () => {
    const one = sender({ resolver: { resolve: () => new Promise(() => {}) } });
    const sent = one.send('http://a.test/');
    one.call.abort(new Error('over'));
    await expect(sent).rejects.toThrow('over');
  });
});

describe('attack 59: answers that never end or unpack to too much', () => {
  const limits = { response: 64 * 1024 };
  const tooLarge = ['invalid-response-body', 'The body of the answer is larger than 64 KiB'];
  const decode = { decode: true };

  it('an endless body is cut at the limit, and its connection closed', async () => {
    const upstream = await start((_request, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(10_000)));
      };
      response.on('drain', more);
      more();
    });
    expect(await sender({ limits }).get(`http://a.test:${upstream.port}/`)).toEqual(tooLarge);
    await upstream.idle();
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ] as const)('a bomb packed with %s is cut where it has unpacked to the limit', async (coding, pack) => {
    const bomb = pack(Buffer.alloc(4 * 1024 * 1024));
    const upstream = await start((request, response) => {
      const body = request.url === '/bomb' ? bomb : pack(Buffer.from('small'));
      response.writeHead(200, { 'content-encoding': coding }).end(body);
    });
    const one = sender({ limits });
    const at = `http://a.test:${upstream.port}`;
    expect(await one.get(`${at}/bomb`, decode)).toEqual(tooLarge);
    const reply = await one.send(`${at}/`, decode);
    expect(reply).toMatchObject({ ok: true, body: Uint8Array.from(Buffer.from('small')) });
    expect(reply.ok && reply.headers.map(([name]) => name)).not.toContain('content-encoding');
  });

  it('bodies packed once and again are unpacked, but not any number of times, and not those of unknown ways', async () => {
    const twice = gzipSync(gzipSync(Buffer.from('small')));
    const upstream = await start((request, response) => {
      const codings = decodeURIComponent(request.url?.slice(1) ?? '');
      response.writeHead(200, { 'content-encoding': codings }).end(request.method === 'HEAD' ? '' : twice);
    });
    const one = sender();
    const at = `http://a.test:${upstream.port}`;
    expect(await one.get(`${at}/gzip,gzip`, decode)).toEqual([200, 'small']);
    for (const codings of ['gzip,gzip,gzip,gzip', 'zip']) {
      expect(await one.send(`${at}/${codings}`, decode)).toMatchObject({
        ok: true,
        body: Uint8Array.from(twice),
      });
    }
    expect(await one.send(`${at}/gzip`)).toMatchObject({ ok: true, body: Uint8Array.from(twice) });
    expect(await one.send(`${at}/gzip`, { ...decode, method: 'HEAD' })).toMatchObject({
      ok: true,
      status: 200,
    });
    expect((await one.get(`${at}/br`, decode))[0]).toBe('invalid-response-body');
  });

  it('a peer that says nothing holds up nobody else, and only as long as its call', async () => {
    const arrived = Promise.withResolvers<void>();
    const slow = await start((_request, response) => {
      response.writeHead(200);
      response.write('a');
      arrived.resolve();
    });
    const quick = await start();
    const one = sender();
    const waiting = one.send(`http://a.test:${slow.port}/`);
    await arrived.promise;
    const other = sender();
    for (let i = 0; i < 20; i++) expect(await other.get(`http://a.test:${quick.port}/`)).toEqual([200, 'ok']);
    one.call.abort(new Error('over'));
    await expect(waiting).rejects.toThrow('over');
    await slow.idle();
  });
});

describe('attack 60: very many requests at once', () => {
  it('a worker has no more connections than its limit, and beyond a queue it is refused', async () => {
    const arrived: Array<() => void> = [];
    const first = Promise.withResolvers<void>();
    const upstream = await start((_request, response) => {
      arrived.push(() => void response.end('ok'));
      if (arrived.length === 3) first.resolve();
    });
    const one = sender({ limits: { requests: 3, queue: 50 } });
    const results = Array.from({ length: 5_000 }, () => one.get(`http://a.test:${upstream.port}/`));
    await first.promise;
    expect(arrived).toHaveLength(3);
    const refused = await Promise.all(results.slice(53));
    expect(new Set(refused.map(String))).toEqual(
      new Set(['internal-error,Too many requests: 3 are under way, more wait']),
    );
    const answering = setInterval(() => {
      for (const answer of arrived.splice(0)) answer();
    }, 1);
    const answers = await Promise.all(results.slice(0, 53));
    clearInterval(answering);
    expect(new Set(answers.map(String))).toEqual(new Set(['200,ok']));
    expect(upstream.connections).toBe(3);
  });

  it('those that wait are forgotten when their call is over', async () => {
    const upstream = await start(() => {});
    const one = sender({ limits: { requests: 1, queue: 2 } });
    const url = `http://a.test:${upstream.port}/`;
    const all = [one.send(url), one.send(url), one.send(url)].map((sent) =>
      sent.catch((error: Error) => error.message),
    );
    expect((await one.get(url))[0]).toBe('internal-error');
    one.call.abort(new Error('over'));
    expect(await Promise.all(all)).toEqual(['over', 'over', 'over']);
  });

  it('a limit of 0 allows none', async () => {
    expect((await sender({ limits: { requests: 0 } }).get('http://a.test/'))[0]).toBe('internal-error');
  });
});
