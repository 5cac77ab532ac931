import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { seen, TestServer } from './testdata/test-server.ts';

let site: TestServer;

beforeEach(async () => {
  site = await TestServer.make();
  await site.file('a.js');
  await site.file('public/f.woff2', 'F');
});

afterEach(async () => {
  await site[Symbol.asyncDispose]();
});

const PREFLIGHT = {
  method: 'OPTIONS',
  headers: {
    origin: 'https://b',
    'access-control-request-method': 'PUT',
    'access-control-request-headers': 'content-type, x-a',
  },
};

function corsOf(response: Response): Record<string, string> {
  const entries = [...response.headers].filter(([name]) => /^(access-control-|vary$)/.test(name));
  return Object.fromEntries(entries);
}

describe('wws §8 CORS', () => {
  it('names the one origin on answers of workers, files and errors alike', async () => {
    await site.serve({ cors: ['https://a'] });
    for (const target of ['/a', '/f.woff2', '/none', '/%00']) {
      expect(corsOf(await site.get(target)), target).toEqual({ 'access-control-allow-origin': 'https://a' });
    }
    const failed = await site.get('/a', { method: 'POST', body: 'fail' });
    expect([failed.status, corsOf(failed)]).toEqual([500, { 'access-control-allow-origin': 'https://a' }]);
  });

  it('names the origin that asks when several are allowed', async () => {
    await site.serve({ cors: ['https://a', 'https://b'] });
    const vary = 'Origin';
    expect(corsOf(await site.get('/a', { headers: { origin: 'https://b' } }))).toEqual({
      'access-control-allow-origin': 'https://b',
      vary,
    });
    expect(corsOf(await site.get('/a', { headers: { origin: 'https://c' } }))).toEqual({ vary });
    expect(corsOf(await site.get('/a'))).toEqual({ vary });
  });

  it('lets a worker name another origin, and adds what it varies by', async () => {
    await site.serve({ cors: ['https://a', 'https://b'] });
    const body = JSON.stringify({ headers: { 'Access-Control-Allow-Origin': 'https://c', Vary: 'Accept' } });
    expect(corsOf(await site.get('/a', { method: 'POST', body }))).toEqual({
      'access-control-allow-origin': 'https://c',
      vary: 'Origin, Accept',
    });
  });

  it('answers a preflight without a worker, wherever it is for', async () => {
    site.observe();
    await site.serve({ cors: ['https://b'] });
    for (const target of ['/a', '/none']) {
      const response = await site.get(target, PREFLIGHT);
      expect(response.status).toBe(204);
      expect(corsOf(response)).toEqual({
        'access-control-allow-origin': 'https://b',
        'access-control-allow-methods': 'PUT',
        'access-control-allow-headers': 'content-type, x-a',
        'access-control-max-age': '600',
        vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
      });
    }
    await expect.poll(() => site.reports.map(({ outcome }) => outcome)).toEqual(['preflight', 'preflight']);
  });

  it('allows a preflight of another origin nothing', async () => {
    await site.serve({ cors: ['https://a', 'https://c'] });
    const response = await site.get('/a', PREFLIGHT);
    expect([response.status, Object.keys(corsOf(response))]).toEqual([204, ['vary']]);
  });

  it('echoes no method or header that is none, or too long', async () => {
    await site.serve({ cors: ['*'] });
    const headers = {
      origin: 'null',
      'access-control-request-method': 'A B',
      'access-control-request-headers': `x, ${'y'.repeat(1_024)}`,
    };
    const response = await site.get('/a', { method: 'OPTIONS', headers });
    expect(Object.keys(corsOf(response))).not.toContain('access-control-allow-methods');
    expect(Object.keys(corsOf(response))).not.toContain('access-control-allow-headers');
  });

  it('leaves OPTIONS to the worker when it is no preflight or no origin is allowed', async () => {
    await site.serve();
    expect(await seen(await site.get('/a', PREFLIGHT))).toMatchObject({ method: 'OPTIONS' });
    const other = await TestServer.make();
    await other.file('a.js');
    await other.serve({ cors: ['*'] });
    expect(await seen(await other.get('/a', { method: 'OPTIONS' }))).toMatchObject({ method: 'OPTIONS' });
    await other[Symbol.asyncDispose]();
  });
});
