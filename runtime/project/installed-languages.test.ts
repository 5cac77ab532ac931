import { mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { installLines, languageIn } from '#runtime/languages/testdata/lines-language.ts';
import { loadProject } from './load.ts';
import { scanProject } from './scan.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'wws-languages-'));
});

afterEach(() => rm(root, { recursive: true }));

async function files(...names: string[]): Promise<void> {
  for (const name of names) await writeFile(path.join(root, name), '');
}

async function load(): Promise<{ problems: Record<string, string>; warnings: readonly string[] }> {
  const { workers, warnings } = await loadProject({
    root,
    ignore: [],
    environment: {},
    boundary: '/',
    mounts: [],
  });
  const problems = workers.map(({ name, guest }) => [name, 'problem' in guest ? guest.problem : 'runs']);
  return { problems: Object.fromEntries(problems), warnings };
}

describe('the languages of a project (wws §6.1)', () => {
  it('make workers of files with the extensions of what is installed', async () => {
    await files('a.lines', 'b.ln', 'c.js', 'd.txt');
    await installLines(root);
    const { workers } = await scanProject({ root });
    expect(workers.map(({ name, language, route }) => [name, language.kind, route.path])).toEqual([
      ['a.lines', 'interpreted', '/a'],
      ['b.ln', 'interpreted', '/b'],
      ['c.js', 'javascript', '/c'],
    ]);
    expect(await languageIn(root, 'a.lines')).toMatchObject({
      interpreter: { name: 'lines', version: '1.0', args: ['--', '/src/index.lines'] },
    });
  });

  it('that are not installed are told once each, with what to run', async () => {
    await files('a.py', 'b.py', 'c.rb', 'd.js');
    const { problems, warnings } = await load();
    const python = 'the language "python" is not installed (run "wws runtimes install python 3.12")';
    const ruby = 'the language "ruby" is not installed (run "wws runtimes install ruby 3.4")';
    expect(problems).toEqual({ 'a.py': python, 'b.py': python, 'c.rb': ruby, 'd.js': 'runs' });
    expect(warnings).toEqual([`Cannot run "a.py" and 1 more: ${python}`, `Cannot run "c.rb": ${ruby}`]);
  });

  it('are not installed when a file of them is missing or behind a link', async () => {
    await files('a.lines');
    await installLines(root);
    const reason =
      'the language "lines" 1.0 is named in .wws.toml, but not installed (run "wws runtimes install")';
    const runtimes = path.join(root, '.wws/runtimes');
    const polyfill = path.join(runtimes, 'tests/lines/1.0/poly.lines');
    const elsewhere = path.join(root, '.elsewhere');
    await rename(polyfill, elsewhere);
    expect((await load()).problems).toEqual({ 'a.lines': reason });
    await symlink(elsewhere, polyfill);
    expect((await load()).problems).toEqual({ 'a.lines': reason });
    await rename(elsewhere, polyfill);
    expect((await load()).problems).toEqual({ 'a.lines': 'runs' });
    await rename(runtimes, elsewhere);
    await symlink(elsewhere, runtimes);
    expect((await load()).problems).toEqual({ 'a.lines': reason });
  });

  it('are as they were when .wws.toml cannot be used, which is said', async () => {
    await files('a.js', 'b.py');
    await writeFile(path.join(root, '.wws.toml'), 'version = 1\n[[repositories]]\nname = "x"\n');
    const { problems, warnings } = await load();
    expect(problems).toMatchObject({ 'a.js': 'runs', 'b.py': expect.stringContaining('not installed') });
    expect(warnings[0]).toBe('Ignoring .wws.toml: .wws.toml:2:1: Missing "url"');
    await rm(path.join(root, '.wws.toml'));
    await mkdir(path.join(root, '.wws.toml'));
    expect((await load()).warnings[0]).toBe(
      'Ignoring .wws.toml: Cannot read ".wws.toml": it is no regular file',
    );
  });

  it('never take over what is built in', async () => {
    await files('a.js', 'b.ts');
    await installLines(root);
    const metadata = path.join(root, '.wws.toml');
    await writeFile(metadata, (await readFile(metadata, 'utf8')).replace('"ln"', '"js", "ts", "wasm"'));
    for (const name of ['a.js', 'b.ts']) expect(await languageIn(root, name)).toEqual({ kind: 'javascript' });
  });

  it('take the first runtime that lists an extension, installed or not', async () => {
    await files('a.lines', 'a.ln');
    await installLines(root);
    const metadata = path.join(root, '.wws.toml');
    const text = await readFile(metadata, 'utf8');
    const first = text
      .slice(text.indexOf('[[repositories]]'))
      .replace('name = "tests"', 'name = "first"')
      .replace('["lines", "ln"]', '["ln"]');
    await writeFile(metadata, `version = 1\n${first}${text.slice(text.indexOf('\n') + 1)}`);
    expect(await languageIn(root, 'a.ln')).toMatchObject({ kind: 'missing', named: '1.0' });
    expect(await languageIn(root, 'a.lines')).toMatchObject({ kind: 'interpreted' });
  });
});
