import { describe, expect, it } from 'vitest';
import { type AnsweringOptions, answering, siteWithModuleForEach } from './testdata/answering-module.ts';
import type { TestServer } from './testdata/test-server.ts';

let module: Buffer;
let site: TestServer;

siteWithModuleForEach((made, bytes) => {
  [site, module] = [made, bytes];
});

const HTML = 'text/html';
const FAILED = '<p>There was an error running this function</p>';

/** Imports `x.y`, which nobody provides. */
const WITH_UNKNOWN_IMPORT = Buffer.from('0061736d01000000010401600000020701017801790000', 'hex');

async function config(name: string, answer: string, options: AnsweringOptions = {}): Promise<void> {
  await site.file(`${name}.toml`, answering(answer, options));
}

async function answerOf(target: string): Promise<[number, string | null, string]> {
  const response = await site.get(target);
  return [response.status, response.headers.get('content-type'), await response.text()];
}

describe('wws §8 failures', () => {
  it('of workers are a 500 with the text of wws, each alone', async () => {
    const wanting = JSON.stringify({ data: '', headers: {}, status: 200 });
    const base64 = JSON.stringify({ data: '!', headers: {}, status: 200, kv: {}, base64: true });
    const lost = '[[folders]]\nfrom = "gone"\nto = "/x"\n';
    for (const name of ['trap', 'text', 'wanting', 'folder', 'base64'])
      await site.file(`${name}.wasm`, module);
    await config('trap', '', { mode: 'trap' });
    await config('text', 'hello');
    await config('wanting', wanting);
    await config('folder', '', { more: lost });
    await config('base64', base64);
    await site.file('import.wasm', WITH_UNKNOWN_IMPORT);
    await site.file('bytes.wasm', 'no module');
    await site.file('empty.wasm', Buffer.from('0061736d01000000', 'hex'));
    await site.file('syntax.js', 'export default {');
    await site.file('throws.js', 'export default () => { throw new Error("x") };');
    await site.file('config.js', 'export default () => new Response("x");');
    await site.file('config.toml', 'version = 1\n');
    await site.serve({ languages: 'real' });
    const names = 'trap text wanting folder base64 import bytes empty syntax throws config'.split(' ');
    for (const name of names)
      expect([name, ...(await answerOf(`/${name}`))]).toEqual([name, 500, HTML, FAILED]);
    for (const name of names)
      expect(site.lines.join('\n')).toMatch(new RegExp(`^Error running worker "${name}`, 'm'));
  });

  it('that a kit reports are answers like any other', async () => {
    const text = 'There was an error running the handler';
    await site.file('rust.wasm', module);
    await config('rust', JSON.stringify({ data: text, headers: {}, status: 500, kv: {}, base64: false }));
    await site.serve({ languages: 'real' });
    expect(await answerOf('/rust')).toEqual([500, HTML, text]);
  });

  it('to find anything are a 404 that is empty', async () => {
    await site.serve();
    expect(await answerOf('/none')).toEqual([404, 'text/plain; charset=utf-8', '']);
  });

  it('to find anything are a 404 with public/404.html where it is', async () => {
    await site.file('public/404.html', 'NONE');
    await site.serve({ prefix: '/app' });
    for (const target of ['/app/none', '/other']) {
      expect(await answerOf(target)).toEqual([404, 'text/html; charset=utf-8', 'NONE']);
    }
  });

  it('by a body of more than 256 KiB are a 413', async () => {
    await site.file('a.js');
    await site.serve();
    const post = async (bytes: number): Promise<number> =>
      (await site.get('/a', { method: 'POST', body: 'x'.repeat(bytes) })).status;
    expect([await post(262_145), await post(262_144)]).toEqual([413, 200]);
  });

  it('by header values that are no ASCII are none any more', async () => {
    await site.file('a.js');
    await site.serve();
    expect(await site.rawGet('/a', 'x: \xff\xfe\r\n')).toMatch(/^HTTP\/1\.1 200 /);
  });
});
