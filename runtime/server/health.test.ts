import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestServer } from './testdata/test-server.ts';

let site: TestServer;

beforeEach(async () => {
  site = await TestServer.make();
  site.observe();
});

afterEach(async () => {
  await site[Symbol.asyncDispose]();
});

describe('a health probe', () => {
  it.each(['/_health/live', '/_health/ready', '/_health/ready?x=1'])(
    '%s is answered whatever is served, and leaves no trace in the log',
    async (target) => {
      await site.file('[...all].js');
      await site.file('public/_health/live', 'FILE');
      await site.serve({ prefix: '/app' });
      const response = await site.get(target);
      expect([response.status, await response.text()]).toEqual([200, 'ok\n']);
      expect(response.headers.get('cache-control')).toBe('no-store');
      const head = await site.get(target, { method: 'HEAD' });
      expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '3', '']);
      expect((await site.get(target, { method: 'POST', body: 'x' })).status).toBe(405);
      await site.server?.drain();
      expect([site.lines, site.reports]).toEqual([[], []]);
    },
  );

  it('has no other names', async () => {
    await site.serve();
    for (const target of ['/_health', '/_health/', '/_health/live/', '/_health/other']) {
      expect((await site.get(target)).status).toBe(404);
    }
  });

  it('says alive and not ready while the server drains', async () => {
    await site.file('a.js');
    await site.serve({ limits: { lingerMs: 2_000 } });
    const sockets = ['live', 'ready'].map((probe) => {
      const socket = connect(site.port, '127.0.0.1');
      const request = `GET /_health/${probe} HTTP/1.1\r\nhost: h\r\n\r\n`;
      socket.write(request.slice(0, 10));
      return { socket, rest: request.slice(10), answer: text(socket) };
    });
    // Answered after what was sent before it has arrived.
    await site.rawGet('/_health/live');
    const drained = site.server?.drain();
    for (const { socket, rest } of sockets) socket.write(rest);
    const [live, ready] = await Promise.all(sockets.map(({ answer }) => answer));
    expect(live).toMatch(/^HTTP\/1\.1 200 /);
    expect(ready).toMatch(/^HTTP\/1\.1 503 (.|\r\n)*\r\n\r\ndraining\n$/);
    await drained;
  });
});
