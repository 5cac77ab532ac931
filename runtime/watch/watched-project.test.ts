import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rename, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { installLines } from '#runtime/languages/testdata/lines-language.ts';
import { says, WatchedSite } from './testdata/watched-site.ts';

let site: WatchedSite;

beforeEach(async () => {
  site = new WatchedSite(await mkdtemp(path.join(tmpdir(), 'wws-watch-')));
});

afterEach(async () => {
  await site[Symbol.asyncDispose]();
});

describe('WatchedProject', () => {
  it('answers every request while workers are added, changed and removed fifty times', async () => {
    await site.file('steady.js', says(0));
    await site.serve();
    let isOver = false;
    let answered = 0;
    let next = Promise.withResolvers<void>();
    const load = async (): Promise<void> => {
      let newest = 0;
      while (!isOver) {
        const { status, body } = await site.get('/steady');
        expect(status).toBe(200);
        // What one connection has seen is not undone.
        expect(Number(body)).toBeGreaterThanOrEqual(newest);
        newest = Number(body);
        const { status: other } = await site.get('/passing');
        expect([200, 404]).toContain(other);
        answered += 1;
        next.resolve();
        next = Promise.withResolvers();
      }
    };
    const clients = Promise.all([load(), load(), load()]);
    const edit = async (): Promise<void> => {
      for (let round = 1; round <= 50; round++) {
        if (round % 3 === 1) await site.save('steady.js', says(round));
        if (round % 3 === 2) await site.file('passing.js', says(round));
        if (round % 3 === 0) await rm(path.join(site.root, 'passing.js'));
        const [enough, seen] = [answered + 5, site.reloads.length];
        while (answered < enough) await next.promise;
        // The others are made while what came before is being served or not yet.
        if (round % 6 === 2 || round % 6 === 3) await site.until(() => site.reloads.length > seen || isOver);
      }
      await site.save('steady.js', says(1000));
      while ((await site.get('/steady')).body !== '1000') await next.promise;
    };
    await Promise.race([clients, edit()]);
    isOver = true;
    await clients;
    // The last edit but one has added it.
    expect(await site.get('/passing')).toEqual({ status: 200, body: '50' });
    expect(site.messages).toEqual([]);
  });

  it('reloads a few times at most for a burst of saves', async () => {
    await site.serve();
    await Promise.all(Array.from({ length: 30 }, (_, index) => site.file(`w${index}.js`, says(index))));
    await site.until(() => site.reloads.flatMap(({ added }) => added).length === 30);
    expect(site.reloads.length).toBeLessThanOrEqual(3);
    expect((await site.get('/w29')).body).toBe('29');
  });

  it('sees new directories with what is in them, moved and removed ones, configurations and public/', async () => {
    await site.file('index.js', 'export default { fetch: () => new Response(NAME) };\n');
    await site.file('index.toml', 'version = "1"\n[vars]\nNAME = "one"\n');
    await site.serve();
    expect((await site.get('/')).body).toBe('one');
    await site.file('index.toml', 'version = "1"\n[vars]\nNAME = "two"\n');
    await site.until(() => site.reloads.some(({ changed }) => changed.includes('index.toml')));
    expect((await site.get('/')).body).toBe('two');

    await site.file('a/b/c/deep.js', says('deep'));
    await site.until(() => site.reloads.some(({ added }) => added.includes('a/b/c/deep.js')));
    expect((await site.get('/a/b/c/deep')).body).toBe('deep');
    await rename(path.join(site.root, 'a/b'), path.join(site.root, 'a/z'));
    await site.until(() => site.reloads.some(({ added }) => added.includes('a/z/c/deep.js')));
    await site.file('a/z/c/deep.js', says('deeper'));
    await site.until(() => site.reloads.some(({ changed }) => changed.includes('a/z/c/deep.js')));
    expect((await site.get('/a/z/c/deep')).body).toBe('deeper');
    await rm(path.join(site.root, 'a'), { recursive: true });
    await site.until(() => site.reloads.some(({ removed }) => removed.includes('a/z/c/deep.js')));
    expect((await site.get('/a/z/c/deep')).status).toBe(404);

    await site.file('public/about.txt', 'about');
    await site.until(() => site.reloads.some(({ added }) => added.includes('public/')));
    expect((await site.get('/about.txt')).body).toBe('about');
  });

  it('says where a broken change is broken, keeps the others, and says it again when it is saved again', async () => {
    await site.file('good.js', says('good'));
    await site.file('bad.js', says('fine'));
    await site.serve();
    await site.file('bad.js', '\n\nconst three = = 3;\n');
    await site.until(() => site.reloads.length === 1);
    const problem = expect.stringMatching(/^Cannot load worker "bad\.js": bad\.js:3:\d+: SyntaxError/);
    expect(site.messages).toEqual([problem]);
    expect((await site.get('/bad')).status).toBe(500);
    expect((await site.get('/good')).body).toBe('good');

    await site.file('good.js', says('better'));
    await site.until(() => site.reloads.length === 2);
    expect(site.reloads[1]).toMatchObject({ changed: ['good.js'], problems: 1 });
    // That request's own line, but not the problem again.
    expect(site.messages.filter((message) => message.startsWith('Cannot load'))).toHaveLength(1);

    await site.file('bad.js', '\n\nconst three = = 3;;\n');
    await site.until(() => site.reloads.length === 3);
    expect(site.messages.at(-1)).toEqual(problem);
    await site.file('bad.js', says('mended'));
    await site.until(() => site.reloads.length === 4);
    expect((await site.get('/bad')).body).toBe('mended');
    expect(site.reloads[3]).toMatchObject({ problems: 0 });
  });

  it('says once what is to be known of the K/V store, and again when a worker that it is about is saved', async () => {
    const store = (consistency: string): string =>
      `version = "1"\n[data.kv]\nnamespace = "n"\nconsistency = "${consistency}"\n`;
    await site.file('turns.js', says('a'));
    await site.file('turns.toml', store('serial'));
    await site.file('jumps.js', says('b'));
    await site.file('jumps.toml', store('snapshot'));
    await site.file('other.js', says('c'));
    await site.serve();
    const warning = expect.stringMatching(
      /^In worker "jumps\.js": writes to K\/V namespace "n" without a turn/,
    );
    expect(site.messages).toEqual([warning]);
    await site.file('other.js', says('d'));
    await site.until(() => site.reloads.length === 1);
    expect(site.messages).toEqual([warning]);
    await site.file('jumps.js', says('e'));
    await site.until(() => site.reloads.length === 2);
    expect(site.messages).toEqual([warning, warning]);
  });

  it('takes no notice of what is no worker, is ignored, or has the same content', async () => {
    await site.file('index.js', says('same'));
    await site.serve({ ignore: ['**/*.test.js'] });
    await utimes(path.join(site.root, 'index.js'), new Date(), new Date());
    await site.save('index.js', says('same'));
    await site.file('index.test.js', says('test'));
    await site.file('node_modules/x/index.js', says('x'));
    await site.file('.git/hook.js', says('x'));
    await site.file('_part.js', says('x'));
    await site.file('notes.txt', 'x');
    await site.file('last.js', says('last'));
    await site.until(() => site.reloads.length > 0);
    expect(site.reloads).toMatchObject([{ added: ['last.js'], changed: [], removed: [] }]);
  });

  it('runs a worker again whose folder has come', async () => {
    await site.file('index.js', says('index'));
    await site.file('index.toml', 'version = "1"\n[[folders]]\nfrom = "late"\nto = "/late"\n');
    await site.serve();
    expect((await site.get('/')).status).toBe(500);
    await mkdir(path.join(site.root, 'late'));
    await site.until(() => site.reloads.length === 1);
    expect((await site.get('/')).body).toBe('index');
  });

  it('takes a language that is installed, changed and taken away', async () => {
    await site.file('a.lines', 'by lines');
    await site.file('b.py');
    await site.serve();
    expect((await site.get('/a')).status).toBe(404);
    const text = (what: string): Promise<string> => site.get(what).then(({ body }) => body);
    await installLines(site.root);
    await expect.poll(() => text('/a')).toBe('by lines');
    const metadata = await readFile(path.join(site.root, '.wws.toml'), 'utf8');
    await site.save('.wws.toml', metadata.replace('extensions = ["lines"', 'extensions = ["other"'));
    await expect.poll(() => site.get('/a').then(({ status }) => status)).toBe(404);
    await site.save('.wws.toml', metadata.replace('version = "1.0"', 'version = "2.0"'));
    await expect.poll(() => text('/a')).toContain('"lines" 2.0 is named in .wws.toml, but not installed');
    await site.save('.wws.toml', metadata);
    await expect.poll(() => text('/a')).toBe('by lines');
    expect(site.reloads.at(-1)).toMatchObject({ added: [], changed: ['.wws.toml'], removed: [] });
    await site.save('.wws.toml', 'version = 2\n');
    await expect.poll(() => site.get('/a').then(({ status }) => status)).toBe(404);
    expect(site.messages.at(-1)).toBe('Ignoring .wws.toml: .wws.toml:1:1: "version" must be 1, not 2');
  });

  it('goes on with what was there while the project is gone, and takes the new one when it is back', async () => {
    await site.file('index.js', says('old'));
    await site.serve();
    await rm(site.root, { recursive: true });
    await site.until(() => site.messages.length > 0);
    expect(site.messages).toEqual([
      'Cannot reload, so what was there is still served: no such file or directory',
    ]);
    expect((await site.get('/')).body).toBe('old');
    await site.file('index.js', says('new'));
    await site.until(() => site.reloads.length === 1);
    expect((await site.get('/')).body).toBe('new');
    await site.file('index.js', says('newer'));
    await site.until(() => site.reloads.length === 2);
    expect((await site.get('/')).body).toBe('newer');
  });

  it('finds changes by looking, too', async () => {
    await site.file('index.js', says('one'));
    await site.serve({ pollMs: 20 });
    await site.file('index.js', says('two'));
    await site.until(() => site.reloads.length === 1);
    expect((await site.get('/')).body).toBe('two');
  });
});

describe('wws --watch', () => {
  it('says that no inotify watch is left, and looks by itself', async () => {
    await site.file('index.js', says('one'));
    const main = path.join(import.meta.dirname, '../main.ts');
    const node = `'${process.execPath}' --disable-warning=ExperimentalWarning '${main}'`;
    // A user namespace has a count of its own.
    const script = `echo 0 >/proc/sys/user/max_inotify_watches && exec ${node} '${site.root}' -p 0 --watch --json`;
    const child = spawn('unshare', ['--user', '--map-root-user', 'sh', '-c', script], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    try {
      const lines = createInterface({ input: child.stderr })[Symbol.asyncIterator]();
      const first = JSON.parse((await lines.next()).value ?? '');
      expect(first.message).toMatch(
        /^Cannot watch 1 directories, so they are looked at every 1 s: .*fs\.inotify\.max_user_watches/,
      );
      await site.file('index.js', says('two'));
      expect(JSON.parse((await lines.next()).value ?? '')).toMatchObject({ changed: ['index.js'] });
    } finally {
      child.kill('SIGKILL');
      await Promise.race([once(child, 'exit'), setTimeout(2_000, undefined, { ref: false })]);
    }
  });
});
