import { rename, symlink } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { seen, TestServer } from './testdata/test-server.ts';

let site: TestServer;

beforeEach(async () => {
  site = await TestServer.make();
});

afterEach(async () => {
  await site[Symbol.asyncDispose]();
});

describe('wws §8 static files: a file of public/', () => {
  it('is served by name, as .html, and as index.html', async () => {
    await site.file('public/a.css', 'A');
    await site.file('public/page.html', 'P');
    await site.file('public/dir/index.html', 'I');
    await site.serve();
    expect((await site.get('/a.css')).headers.get('content-type')).toBe('text/css; charset=utf-8');
    expect(await (await site.get('/page')).text()).toBe('P');
    expect(await (await site.get('/dir/')).text()).toBe('I');
    expect((await site.get('/dir')).headers.get('content-type')).toBe('text/html; charset=utf-8');
  });

  it('wws §7.4 comes after a static route and before a dynamic one', async () => {
    await site.file('a.js');
    await site.file('[x].js');
    await site.file('public/a', 'FILE');
    await site.file('public/b', 'FILE');
    await site.serve();
    expect(await (await site.get('/a')).text()).not.toBe('FILE');
    expect(await (await site.get('/b')).text()).toBe('FILE');
    expect((await seen(await site.get('/c')))['params']).toEqual({ x: 'c' });
  });

  it('wws §7.2 lies under the prefix, as workers do, the index route among them', async () => {
    await site.file('public/a', 'FILE');
    await site.file('index.js');
    await site.serve({ prefix: 'app/' });
    expect(await (await site.get('/app/a')).text()).toBe('FILE');
    expect((await site.get('/app')).status).toBe(200);
    expect((await site.get('/app/')).status).toBe(200);
    expect((await site.get('/a')).status).toBe(404);
    expect(site.server?.routes).toEqual([{ path: '/app', worker: 'index.js' }]);
  });

  it.each([
    ['read for it', 60_000],
    ['kept in memory', 0],
  ])('answers conditions, ranges and HEAD, %s', async (_, settledMs) => {
    await site.file('public/a.txt', '0123456789');
    await site.serve({ limits: { settledMs } });
    const whole = await site.get('/a.txt');
    const etag = whole.headers.get('etag') ?? '';
    const modified = whole.headers.get('last-modified') ?? '';
    expect(await whole.text()).toBe('0123456789');
    expect((await site.get('/a.txt', { headers: { 'if-none-match': `"x", W/${etag}` } })).status).toBe(304);
    expect((await site.get('/a.txt', { headers: { 'if-modified-since': modified } })).status).toBe(304);
    expect((await site.get('/a.txt', { headers: { 'if-match': '"x"' } })).status).toBe(412);
    const part = await site.get('/a.txt', { headers: { range: 'bytes=2-4', 'if-range': etag } });
    expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([
      206,
      'bytes 2-4/10',
      '234',
    ]);
    expect(await (await site.get('/a.txt', { headers: { range: 'bytes=-3' } })).text()).toBe('789');
    expect(await (await site.get('/a.txt', { headers: { range: 'bytes=8-99' } })).text()).toBe('89');
    const stale = await site.get('/a.txt', { headers: { range: 'bytes=2-4', 'if-range': '"x"' } });
    expect(stale.status).toBe(200);
    const beyond = await site.get('/a.txt', { headers: { range: 'bytes=10-' } });
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, 'bytes */10']);
    const head = await site.get('/a.txt', { method: 'HEAD' });
    expect([head.headers.get('content-length'), await head.text()]).toEqual(['10', '']);
  });

  it('larger than one read arrives whole', async () => {
    const content = Buffer.alloc(3_000_000, 'abc');
    const bytes = Buffer.from(Array.from({ length: 20_000 }, (_, index) => index & 0xff));
    await site.file('public/big.bin', content);
    await site.file('public/some.bin', bytes);
    await site.file('public/few.bin', bytes.subarray(0, 256));
    await site.file('public/empty', '');
    await site.serve({ limits: { settledMs: 0 } });
    expect(Buffer.from(await (await site.get('/big.bin')).arrayBuffer()).equals(content)).toBe(true);
    for (let round = 0; round < 2; round += 1) {
      expect(await (await site.get('/some.bin')).bytes()).toEqual(new Uint8Array(bytes));
      expect(await (await site.get('/few.bin')).bytes()).toEqual(new Uint8Array(bytes.subarray(0, 256)));
      const part = await site.get('/some.bin', { headers: { range: 'bytes=250-260' } });
      expect(await part.bytes()).toEqual(new Uint8Array(bytes.subarray(250, 261)));
    }
    expect((await site.get('/empty')).headers.get('content-length')).toBe('0');
  });

  it('is refused to methods other than GET and HEAD', async () => {
    await site.file('public/a.txt', 'A');
    await site.serve();
    const response = await site.get('/a.txt', { method: 'POST', body: 'x' });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    expect(await response.text()).toBe("Request did not meet this resource's requirements.");
  });

  it('that is missing is 404, with 404.html when there is one', async () => {
    await site.file('public/404.html', 'NONE');
    await site.serve();
    const response = await site.get('/x/y');
    expect([response.status, await response.text()]).toEqual([404, 'NONE']);
    expect((await site.get('/x', { method: 'POST', body: 'x' })).status).toBe(404);
  });

  it('attack 45: never comes from outside', async () => {
    await site.file('secret.txt', 'SECRET');
    await site.file('public/in.txt', 'IN');
    await site.file('public/.env', 'SECRET');
    await site.file('public/d/.git/config', 'SECRET');
    await site.file('public/.well-known/x', 'OPEN');
    await symlink('../secret.txt', path.join(site.root, 'public/out.txt'));
    await symlink('..', path.join(site.root, 'public/up'));
    await symlink('/proc/self', path.join(site.root, 'public/proc'));
    await symlink('in.txt', path.join(site.root, 'public/link.txt'));
    await site.serve();
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
      const answer = await site.rawGet(target);
      expect(answer, target).not.toContain('SECRET');
      if (!target.startsWith('/in.txt/')) expect(answer, target).toMatch(/^HTTP\/1.1 40[04] /);
    }
    expect(await (await site.get('/link.txt')).text()).toBe('IN');
    expect(await (await site.get('/up/public/in.txt')).text()).toBe('IN');
    expect(await (await site.get('/.well-known/x')).text()).toBe('OPEN');
  });

  it('attack 45: is no way to files whose names say they are private, however they are spelt', async () => {
    await site.file('_secret.js', 'SECRET');
    await site.file('_lib/helper.js', 'SECRET');
    await site.file('a.js');
    await site.file('a.toml', 'version = "1"\n# SECRET\n');
    await site.file('public/index.html', 'OPEN');
    await site.serve();
    const targets = [
      '/_secret',
      '/%5Fsecret',
      '/%5fsecret.js',
      '/_lib/helper',
      '/%5Flib%2Fhelper',
      '/..%2f_secret.js',
      '/%2e%2e%2f_secret.js',
      '/..%5c_secret.js',
      '/a.toml',
      '/a.js',
      '/..%2fa.toml',
      '/public/index.html',
    ];
    for (const target of targets) {
      const answer = await site.rawGet(target);
      expect(answer, target).toMatch(/^HTTP\/1.1 40[04] /);
      expect(answer, target).not.toContain('SECRET');
    }
  });

  it('attack 45: is never read through a directory that is swapped for a link meanwhile', async () => {
    await site.file('secret/f', 'SECRET');
    await site.file('public/d/f', 'OPEN');
    await symlink('../secret', path.join(site.root, 'public/evil'));
    await site.serve({ limits: { settledMs: 0 } });
    const at = (name: string) => path.join(site.root, 'public', name);
    const bodies = new Set<string>();
    for (let round = 0; round < 100; round += 1) {
      const asked = Promise.all([site.get('/d/f'), site.get('/d/f'), site.get('/d/f')]);
      await rename(at('d'), at('real'));
      await rename(at('evil'), at('d'));
      await rename(at('d'), at('evil'));
      await rename(at('real'), at('d'));
      for (const response of await asked) bodies.add(await response.text());
    }
    expect(bodies).not.toContain('SECRET');
    expect(await (await site.get('/d/f')).text()).toBe('OPEN');
  });
});
