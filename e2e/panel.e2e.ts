import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPanel } from '#runtime/panel/open-panel.ts';
import { silent } from '#runtime/panel/testdata/test-panel.ts';
import { TestServer } from '#runtime/server/testdata/test-server.ts';
import { Chromium } from './harness/chromium.ts';
import { CHECKOUT } from './harness/machine.ts';

/** What a guest would like to have in the operator's page. */
const EVIL = '<img src=x onerror="window.__pwned=1">';
const EVIL_FILE = '<img src=x onerror=window.__pwned=1>.js';

const SAYS_EVIL = `
export default {
  fetch(request) {
    console.error(${JSON.stringify(EVIL)});
    console.error('turned \\u202e round, nul \\0, bell \\x07');
    console.error('<script>window.__pwned = 1</script>');
    console.error('x'.repeat(1024 * 1024));
    throw new Error(${JSON.stringify(`${EVIL}</pre><script>window.__pwned=1</script>`)});
  },
};
`;

const COUNTS = `
export default {
  fetch(request) {
    Cache.set('count', String(Number(Cache.get('count') ?? 0) + 1));
    Cache.set(${JSON.stringify(EVIL)}, ${JSON.stringify(`${EVIL}\u202e`)});
    console.error('counted for ' + request.headers.get('authorization'));
    return new Response('counted');
  },
};
`;

const COUNTS_CONFIG = `
version = "1"
[vars]
API_KEY = "s3cret-of-the-worker"
[data.kv]
namespace = "counters"
[features.http_requests]
allowed_hosts = ["api.example.com", ${JSON.stringify(EVIL)}]
[[folders]]
from = "../data"
to = "/data"
`;

let root: string;
let wws: ChildProcess;
let app: string;
let panelUrl: string;
let token: string;
let browser: Chromium;

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'wws-panel-'));
  await Promise.all(['users', 'data', 'public'].map((name) => mkdir(path.join(root, name))));
  await writeFile(path.join(root, 'index.js'), 'export default { fetch: () => new Response("hi") };');
  await writeFile(path.join(root, EVIL_FILE), SAYS_EVIL);
  await writeFile(path.join(root, 'users/[id].js'), COUNTS);
  await writeFile(path.join(root, 'users/[id].toml'), COUNTS_CONFIG);
  await writeFile(path.join(root, 'broken.js'), '');
  await writeFile(path.join(root, 'broken.toml'), `# ${EVIL}\nname = "no version"`);
  await writeFile(path.join(root, 'bad.wasm'), 'no module');
  const child = spawn(path.join(CHECKOUT, 'bin/wws'), [root, '--port', '0', '--json', '--enable-panel'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  wws = child;
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  app = JSON.parse((await lines.next()).value ?? '').url;
  panelUrl = JSON.parse((await lines.next()).value ?? '').url;
  token = new URLSearchParams(new URL(panelUrl).hash.slice(1)).get('token') ?? '';
  browser = await Chromium.start();
});

afterAll(async () => {
  await browser?.[Symbol.asyncDispose]();
  if (wws !== undefined && wws.exitCode === null) {
    wws.kill('SIGTERM');
    await once(wws, 'exit');
  }
  await rm(root, { recursive: true, force: true });
});

async function ask(target: string): Promise<number> {
  const headers = { authorization: 'Bearer s3cret-of-the-client', cookie: 'session=s3cret-of-the-client' };
  const response = await fetch(`${app}${target}`, { headers });
  await response.arrayBuffer();
  return response.status;
}

describe('the panel in Chromium', () => {
  it('shows files, routes and what workers reach, as text whatever they are called', async () => {
    const { page, complaints } = await browser.page();
    await page.goto(panelUrl);
    await page.locator('.graph').waitFor();
    const names = await page.locator('.graph .node text').allTextContents();
    for (const name of [
      'index.js',
      '/',
      'users/[id].js',
      '/users/[id]',
      '/data',
      'counters',
      'api.example.com',
    ]) {
      expect(names).toContain(name);
    }
    expect(await page.locator('.graph title').allTextContents()).toEqual(
      expect.arrayContaining([EVIL, EVIL_FILE]),
    );
    expect(await page.locator('.graph .problem').count()).toBe(2 * 2);
    expect(await page.locator('img').count()).toBe(0);

    // The way of one worker lights up, and nothing else.
    await page.locator('.graph a', { hasText: 'users/[id].js' }).focus();
    expect(await page.locator('.graph .node.lit').count()).toBe(2 + 4);
    await page.getByRole('button', { name: 'Table' }).click();
    expect(await page.locator('tbody tr').count()).toBe(5);
    expect(await page.evaluate('window.__pwned')).toBeUndefined();
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('shows requests as they come, with their time and what the worker said, and no script of it runs', async () => {
    const { page, complaints } = await browser.page();
    await page.goto(panelUrl);
    await page.getByRole('link', { name: 'Requests' }).click();
    expect(
      await ask(`/${encodeURIComponent(EVIL_FILE.replace(/\.js$/, ''))}?password=s3cret-of-the-client`),
    ).toBe(500);
    expect(await ask('/users/7')).toBe(200);
    await page.getByText('GET /users/7').waitFor();
    const failed = page.getByRole('button', { name: 'password=…' });
    await failed.click();
    const said = await page.locator('.details pre').textContent();
    expect(said).toContain(EVIL);
    expect(said).toContain('turned \\u{202e} round, nul \\u{0}, bell \\u{7}');
    expect(said?.length).toBeLessThan(10_000);
    expect(await page.locator('.timeline').count()).toBeGreaterThanOrEqual(2);
    expect(await page.locator('.timeline').first().getAttribute('aria-label')).toMatch(
      /^receiving .* ms, queued .* ms, running .* ms, sending .* ms$/,
    );

    // What was opened stays open while others arrive.
    await ask('/');
    await page.getByRole('button', { name: 'GET /', exact: true }).first().waitFor();
    expect(await page.locator('.details pre').count()).toBe(1);
    await page.getByLabel('failing only').check();
    expect(await page.locator('tbody tr:not(.details)').count()).toBe(1);
    expect(await page.locator('img, script:not([src])').count()).toBe(0);
    expect(await page.evaluate('window.__pwned')).toBeUndefined();
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('shows what is stored under which key', async () => {
    await ask('/users/7');
    const { page, complaints } = await browser.page();
    await page.goto(panelUrl);
    await page.getByRole('link', { name: 'K/V' }).click();
    const rows = page.locator('.namespace tbody tr');
    await rows.first().waitFor();
    expect(await page.locator('.namespace h3').textContent()).toBe('counters');
    const cells = await rows.locator('td').allTextContents();
    expect(cells.slice(0, 2)).toEqual([EVIL, `${EVIL}\\u{202e}`]);
    expect(cells.slice(3, 5)).toEqual(['count', expect.stringMatching(/^\d+$/)]);
    await page.getByLabel('Prefix of keys in counters').fill('cou');
    await expect.poll(() => rows.count()).toBe(1);
    expect(await page.evaluate('window.__pwned')).toBeUndefined();
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('shows a worker with its limits and without its secrets', async () => {
    await ask('/users/7?key=s3cret-of-the-client');
    const { page, complaints } = await browser.page();
    await page.goto(panelUrl);
    await page.locator('.graph a', { hasText: 'users/[id].js' }).click();
    await page.getByText('API_KEY').waitFor();
    await page.getByText('256 MiB').first().waitFor();
    await page
      .getByRole('button', { name: /^GET \/users\/7\?key=…$/ })
      .first()
      .waitFor();
    expect(await page.content()).not.toContain('s3cret-of-the-worker');
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('sends none of the secrets of workers and clients to the page', async () => {
    const { page } = await browser.page();
    const bodies: Promise<string>[] = [];
    page.on('response', (response) => bodies.push(response.text().catch(() => '')));
    await ask('/?token=s3cret-of-the-client');
    await page.goto(panelUrl);
    await page.locator('.graph a', { hasText: 'index.js' }).click();
    await page
      .getByRole('button', { name: /^GET \/\?token=…$/ })
      .first()
      .waitFor();
    await page.close();
    const all = (await Promise.all(bodies)).join('\n');
    expect(all).toContain('users/[id].js');
    expect(all).not.toContain('s3cret-of-the-worker');
    // A worker that prints a secret has told it to the log.
    expect(all.replaceAll('counted for Bearer s3cret-of-the-client', '')).not.toContain(
      's3cret-of-the-client',
    );
  });

  it('keeps the token out of the address, and asks for it where it is missing or wrong', async () => {
    const { page } = await browser.page();
    await page.goto(panelUrl);
    await page.locator('.graph').waitFor();
    expect(page.url()).not.toContain(token);
    expect(await page.context().cookies()).toEqual([]);
    await page.reload();
    await page.locator('.graph').waitFor();
    await page.close();

    const { page: other } = await browser.page();
    await other.goto(new URL('/', panelUrl).href);
    await other.getByText('The panel needs its token').waitFor();
    await other.getByLabel('Token').fill('this-is-not-the-token');
    await other.getByRole('button', { name: 'Open' }).click();
    await other.getByText('This is not the token of this panel').waitFor();
    await other.getByLabel('Token').fill(token);
    await other.getByRole('button', { name: 'Open' }).click();
    await other.locator('.graph').waitFor();
    await other.close();
  });

  it('fits a narrow window, as a table', async () => {
    const { page, complaints } = await browser.page(400);
    await page.goto(panelUrl);
    await page.locator('table').waitFor();
    expect(await page.locator('.graph').count()).toBe(0);
    for (const view of ['Requests', 'K/V', 'Routes']) {
      await page.getByRole('link', { name: view, exact: true }).click();
      await page.getByRole('heading', { name: view, level: 2 }).waitFor();
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(400);
    }
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('can be walked through by keyboard alone', async () => {
    const { page } = await browser.page();
    await page.goto(panelUrl);
    await page.locator('.graph').waitFor();
    const seen: string[] = [];
    for (let step = 0; step < 40 && !seen.includes('#worker'); step += 1) {
      await page.keyboard.press('Tab');
      seen.push(
        (await page.evaluate('(document.activeElement.getAttribute("href") ?? "").slice(0, 7)')) as string,
      );
    }
    expect(seen).toEqual(expect.arrayContaining(['#main', '#routes', '#kv', '#worker']));
    await page.keyboard.press('Enter');
    await page.locator('.cards').waitFor();
    await page.close();
  });
});

describe('the panel of a project that is read anew', () => {
  it('follows, with a table where a graph cannot be taken in', async () => {
    await using project = await TestServer.make();
    await project.file('first.js');
    await project.serve();
    if (project.server === undefined) throw new Error('no server');
    const panel = await openPanel({ address: undefined, token: undefined }, project.server, silent);
    const { page, complaints } = await browser.page();
    try {
      await page.goto(panel?.url ?? '');
      await page.locator('.graph a', { hasText: 'first.js' }).waitFor();
      await project.file('second.js');
      await project.server.reload();
      await page.locator('.graph a', { hasText: 'second.js' }).waitFor();
      for (let number = 0; number < 70; number += 1) await project.file(`many/${number}.js`);
      await project.server.reload();
      await page.getByText('72 workers').waitFor();
      expect(await page.locator('.graph').count()).toBe(0);
      await page.getByLabel('Filter routes').fill('first');
      await page.locator('.graph').waitFor();
      await project.file('first/again.js');
      await project.server.reload();
      await page.getByText('2 of 73 workers').waitFor();
      expect(await page.getByLabel('Filter routes').inputValue()).toBe('first');
      expect(complaints).toEqual([]);
    } finally {
      await page.close();
      panel?.close();
    }
  });
});

describe('a page of another origin', () => {
  it('reads nothing of the panel, with the token or without', async () => {
    const { page } = await browser.page();
    await page.goto(`${app}/`);
    const api = new URL('/_api/v1/project', panelUrl).href;
    const read = `fetch(${JSON.stringify(api)}, { headers: { authorization: ${JSON.stringify(`Bearer ${token}`)} } })`;
    for (const attempt of [read, `fetch(${JSON.stringify(api)})`]) {
      expect(
        await page.evaluate(`${attempt}.then((r) => r.text(), (error) => 'refused: ' + error.name)`),
      ).toBe('refused: TypeError');
    }
    await page.close();
  });
});

describe('wws without --enable-panel', () => {
  it('has none', async () => {
    const child = spawn(path.join(CHECKOUT, 'bin/wws'), [root, '--port', '0', '--json'], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, WWS_PANEL: 'true', WWS_PANEL_TOKEN: 'a-token-of-the-environment' },
    });
    const printed = text(child.stdout);
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    await once(child, 'exit');
    expect(await printed).not.toMatch(/"type":"panel"|#token/);
  });
});
