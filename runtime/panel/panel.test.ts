import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Telemetry } from '#runtime/telemetry/telemetry.ts';
import { PAGE_FILES } from './page-files.ts';
import { Panel } from './panel.ts';
import { report, source, TestPanel, TOKEN, worker } from './testdata/test-panel.ts';

let open: TestPanel;

beforeEach(async () => {
  open = await TestPanel.open(source({ workers: [worker('index.js', '/')] }), 'localhost');
});

afterEach(async () => {
  await open[Symbol.asyncDispose]();
});

describe('the panel', () => {
  it('shows the page to anyone and the API to who has the token', async () => {
    expect((await open.ask('/', { headers: {} })).status).toBe(200);
    expect((await open.ask('/_api/v1/project')).status).toBe(200);
    const missing = await open.ask('/_api/v1/project', { headers: {} });
    expect([missing.status, missing.headers['www-authenticate'], missing.body]).toEqual([
      401,
      'Bearer',
      '{"error":"A token is needed"}',
    ]);
    expect((await open.ask('/_api/v1/project', { headers: { authorization: 'Bearer wrong' } })).status).toBe(
      401,
    );
  });

  it('takes the token from the header alone', async () => {
    for (const headers of [{ cookie: `token=${TOKEN}` }, { authorization: `Basic ${TOKEN}` }]) {
      expect((await open.ask(`/_api/v1/project?token=${TOKEN}`, { headers })).status).toBe(401);
    }
  });

  it('stops listening to who guesses', async () => {
    const wrong = { headers: { authorization: 'Bearer wrong' } };
    for (let tries = 0; tries < 10; tries += 1) {
      expect((await open.ask('/_api/v1/project', wrong)).status).toBe(401);
    }
    const refused = await open.ask('/_api/v1/project', wrong);
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '1']);
  });

  it('answers to no name that was not given to it', async () => {
    const authorization = `Bearer ${TOKEN}`;
    for (const path of ['/', '/_api/v1/project']) {
      expect((await open.ask(path, { headers: { authorization, host: 'evil.example' } })).status).toBe(421);
      expect((await open.ask(path, { headers: { authorization, host: 'localhost:1' } })).status).toBe(200);
    }
    expect((await open.ask('/', { headers: ['host', 'localhost', 'host', 'evil.example'] })).status).toBe(
      400,
    );
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE'])('refuses %s', async (method) => {
    for (const path of ['/', '/_api/v1/project']) {
      const { status, headers } = await open.ask(path, {
        method,
        headers: { authorization: `Bearer ${TOKEN}` },
      });
      expect([status, headers['allow']]).toEqual([405, 'GET, HEAD']);
      expect(headers['access-control-allow-origin']).toBeUndefined();
    }
  });

  it('sends a policy that allows no foreign and no inline script with each answer', async () => {
    for (const path of ['/', '/panel.js', '/panel.css', '/nothing', '/_api/v1/project', '/_api/v0/nothing']) {
      const { headers } = await open.ask(path);
      expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'");
      expect(headers['content-security-policy']).not.toMatch(/unsafe|\*|https?:/);
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-store',
        'x-frame-options': 'DENY',
        'cross-origin-resource-policy': 'same-origin',
        'cross-origin-opener-policy': 'same-origin',
      });
      expect(headers['set-cookie']).toBeUndefined();
    }
  });

  it('reads its own files and no other', async () => {
    for (const [name, type] of PAGE_FILES) {
      const { status, headers, body } = await open.ask(`/${name}`);
      expect([status, headers['content-type'], body.length > 0]).toEqual([200, type, true]);
    }
    for (const path of [
      '/..%2fpanel.ts',
      '/../panel.ts',
      '/page/index.html',
      '/constructor',
      '/%00',
      '/a/',
    ]) {
      expect((await open.ask(path)).status).toBe(404);
    }
    expect((await open.ask('http://other/')).status).toBe(400);
    expect((await open.ask('//other/')).status).toBe(400);
  });

  it('answers HEAD without a body', async () => {
    const { status, body, headers } = await open.ask('/panel.css', { method: 'HEAD' });
    expect([status, body]).toEqual([200, '']);
    expect(Number(headers['content-length'])).toBeGreaterThan(0);
  });

  it('says that its port is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const opening = Panel.open({
      settings: { address: { host: undefined, port }, token: undefined },
      source: { ...source(), telemetry: new Telemetry() },
      onProblem: () => {},
    });
    await expect(opening).rejects.toThrow(
      `Cannot listen on "127.0.0.1" port ${port} for the panel: the port is in use (choose another with --panel)`,
    );
    other.close();
  });

  it('observes nothing once it is closed, and is on loopback by default', async () => {
    const telemetry = new Telemetry();
    const panel = await Panel.open({
      settings: { address: undefined, token: undefined },
      source: { ...source(), telemetry },
      onProblem: () => {},
    });
    expect(panel.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]{43}$/);
    expect(telemetry.isObserved).toBe(true);
    panel.close();
    expect(telemetry.isObserved).toBe(false);
  });

  it('shows a token it made up, never one that it was given', () => {
    expect(open.panel.url).not.toContain(TOKEN);
    expect(open.panel.url).not.toContain('#');
  });

  it('shows requests after a cursor, without what clients sent in headers or parameters', async () => {
    open.telemetry.request(report({ id: 'one', target: '/?password=s3cret' }));
    const first = (await open.json('/_api/v1/requests')) as { cursor: number };
    expect(first).toMatchObject({ cursor: 1, requests: [{ id: 'one', target: '/?password=…' }] });
    open.telemetry.request(report({ id: 'two' }));
    expect(await open.json(`/_api/v1/requests?after=${first.cursor}`)).toMatchObject({
      requests: [{ id: 'two' }],
    });
    expect((await open.ask('/_api/v1/requests?after=-1')).status).toBe(400);
  });
});
