import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseExposition } from '#runtime/telemetry/testdata/parse-exposition.ts';
import { TestServer } from './testdata/test-server.ts';

let site: TestServer;

beforeEach(async () => {
  site = await TestServer.make();
});

afterEach(async () => {
  await site[Symbol.asyncDispose]();
});

const LOOPBACK = '127.0.0.1';

async function scrape(target = '/metrics', init: RequestInit = {}): Promise<Response> {
  return await fetch(`http://${LOOPBACK}:${site.server?.metricsPort}${target}`, init);
}

describe('metrics', () => {
  it('are served on a port of their own, and nowhere else', async () => {
    await site.file('a.js');
    await site.serve({ operator: { metrics: { host: undefined, port: 0 } } });
    await (await site.get('/a')).text();
    // Answered when the one before is over.
    await (await site.get('/none')).text();
    const page = await scrape();
    expect(page.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const families = parseExposition(await page.text());
    expect(families.get('wws_requests_total')?.samples).toContainEqual({
      name: 'wws_requests_total',
      labels: { worker: 'a.js', outcome: 'answered', class: '2xx' },
      value: 1,
    });
    expect(families.get('wws_requests_open')?.samples).toEqual([
      { name: 'wws_requests_open', labels: { worker: 'a.js' }, value: 0 },
    ]);
    expect(families.get('wws_threads')?.samples[0]?.value).toBeGreaterThan(0);
    expect((await site.get('/metrics')).status).toBe(404);
    expect((await scrape('/other')).status).toBe(404);
    expect((await scrape('/metrics', { method: 'POST', body: 'x' })).status).toBe(405);
  });

  it('are not there unless they are wanted', async () => {
    await site.file('a.js');
    await site.serve();
    expect(site.server?.metricsPort).toBeUndefined();
    expect(site.telemetry.isObserved).toBe(false);
  });

  it('whose port is taken are a reason not to start, and the message says which', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, LOOPBACK, resolve));
    const { port } = taken.address() as { port: number };
    try {
      await expect(site.serve({ operator: { metrics: { host: LOOPBACK, port } } })).rejects.toThrow(
        `Cannot listen on "${LOOPBACK}" port ${port} for metrics: the port is in use (choose another with --metrics)`,
      );
    } finally {
      taken.close();
    }
  });

  it('end with the server', async () => {
    await site.serve({ operator: { metrics: { host: LOOPBACK, port: 0 } } });
    expect((await scrape()).status).toBe(200);
    const port = site.server?.metricsPort;
    await site.server?.drain();
    await expect(fetch(`http://${LOOPBACK}:${port}/metrics`)).rejects.toThrow();
  });
});
