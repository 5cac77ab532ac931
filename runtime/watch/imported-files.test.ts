import { mkdtemp, rename, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WatchedSite } from './testdata/watched-site.ts';

let site: WatchedSite;

beforeEach(async () => {
  site = new WatchedSite(await mkdtemp(path.join(tmpdir(), 'wws-watch-')));
});

afterEach(async () => {
  await site[Symbol.asyncDispose]();
});

const imports = (file: string): string =>
  `import { text } from '${file}';\nexport default () => new Response(text);\n`;
const exporting = (text: string): string => `export const text = '${text}';\n`;

/** Resolves when a reload has brought this answer. */
async function answers(target: string, body: string): Promise<void> {
  for (;;) {
    const seen = site.reloads.length;
    if ((await site.get(target)).body === body) return;
    await site.until(() => site.reloads.length > seen);
  }
}

describe('a watched project', () => {
  it('is reloaded when a file changes that a worker imports, wherever it lies', async () => {
    await site.file('api/a.js', imports('../_lib/deep/x.js'));
    await site.file('_lib/deep/x.js', imports('./y.ts').replace('export default', 'export { text };'));
    await site.file('_lib/deep/y.ts', exporting('one'));
    await site.serve();
    expect((await site.get('/api/a')).body).toBe('one');
    await site.save('_lib/deep/y.ts', exporting('two'));
    await answers('/api/a', 'two');
    await site.save('_lib/deep/x.js', "export const text = 'three';");
    await answers('/api/a', 'three');
    expect(site.reloads.map(({ changed }) => changed)).toEqual([['_lib/deep/y.ts'], ['_lib/deep/x.js']]);
  });

  it('follows imports that come, break and are mended', async () => {
    await site.file('a.js', imports('./_lib/x.js'));
    await site.serve();
    expect(site.messages).toContain(
      'Cannot load worker "a.js": Cannot import "./_lib/x.js" from a.js:1:22: no such file',
    );
    await site.file('_lib/x.js', exporting('one'));
    await answers('/a', 'one');
    await site.save('_lib/x.js', 'export const text = ;');
    await site.until(() => site.messages.some((message) => message.includes('_lib/x.js:1:21: SyntaxError')));
    await rename(path.join(site.root, '_lib'), path.join(site.root, '_old'));
    await site.until(
      () => site.messages.filter((message) => message.endsWith('a.js:1:22: no such file')).length === 2,
    );
    await site.file('_lib/x.js', exporting('two'));
    await answers('/a', 'two');
  });

  it('is reloaded when a module is mended that never came to an end', async () => {
    await site.file('a.js', imports('./_lib/x.js'));
    await site.file('_lib/x.js', 'export const text = (() => { for (;;); })();');
    await site.serve({ limits: { loadMs: 4_000 } });
    expect(site.messages).toContain('Cannot load worker "a.js": it took longer than 4000 ms to load');
    await site.save('_lib/x.js', exporting('at last'));
    await answers('/a', 'at last');
  });

  it('is not reloaded for files that nobody imports', async () => {
    await site.file('a.js', imports('./_lib/x.js'));
    await site.file('_lib/x.js', exporting('one'));
    await site.serve();
    await site.file('_lib/data.json', '{}');
    await site.file('_lib/other.js', exporting('other'));
    await site.save('_lib/x.js', exporting('two'));
    await answers('/a', 'two');
    expect(site.reloads.flatMap(({ added, changed }) => [...added, ...changed])).toEqual(['_lib/x.js']);
  });

  it('is not reloaded over and over for an import that is refused', async () => {
    await site.file('a.js', imports('./out.js'));
    await symlink('/etc/hostname', path.join(site.root, 'out.js'));
    await site.serve();
    await site.file('_x.js', exporting('one'));
    await site.file('b.js', imports('./_x.js'));
    await answers('/b', 'one');
    for (const text of ['two', 'three', 'four']) {
      await site.save('_x.js', exporting(text));
      await answers('/b', text);
    }
    const blamed = site.reloads.filter(({ changed }) => changed.includes('out.js'));
    expect(blamed.length).toBeLessThanOrEqual(1);
  });

  it('may be looked at from time to time instead', async () => {
    await site.file('a.js', imports('./_x.js'));
    await site.file('_x.js', exporting('one'));
    await site.serve({ pollMs: 5 });
    await site.save('_x.js', exporting('two'));
    await answers('/a', 'two');
  });
});
