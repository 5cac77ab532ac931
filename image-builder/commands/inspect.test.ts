import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { digestOf, hexOf } from '../image/digest.ts';
import { type Draft, imageParts, json, layoutArchive, layoutMembers } from '../testing/archive.ts';
import { type Member, tarOf } from '../testing/tar.ts';
import { type Tree, tempDirectory, writeTree } from '../testing/tree.ts';
import { build } from './build.ts';
import { inspect } from './inspect.ts';

const { signal } = new AbortController();
const env = {};

async function inspected(what: string, flags: { json?: boolean } = {}): Promise<string> {
  const printed: string[] = [];
  const terminal = {
    quiet: false,
    result: (text: string) => printed.push(text),
    note() {},
    warn() {},
    progress() {},
  };
  await inspect(what, flags, { terminal, env, signal });
  return printed.join('\n');
}

async function inspectedJson(what: string): Promise<Record<string, unknown>> {
  return JSON.parse(await inspected(what, { json: true })) as Record<string, unknown>;
}

/** What is said of an archive with one layer of these files. */
async function ofArchive(tree: Tree, draft: Partial<Draft> = {}): Promise<string> {
  await using directory = await tempDirectory();
  const file = path.join(directory.path, 'image.tar');
  const members = Object.entries(tree).map(([name, content]) => ({ name, content }));
  await writeFile(file, await layoutArchive({ layers: [await tarOf(...members)], ...draft }));
  return await inspected(file);
}

async function writeLayout(directory: string, members: readonly Member[]): Promise<void> {
  await writeTree(directory, { 'blobs/sha256/': '' });
  for (const { name, content = '' } of members) await writeFile(path.join(directory, name), content);
}

const app: Tree = {
  'index.js': 'export default {}',
  'users/[id].js': 'export default { fetch() {} }',
  'users/[id].toml': `version = "1"
[vars]
TOKEN = "s3cret"
[[folders]]
from = "/lists"
to = "/lists"
[[folders]]
from = "../data"
to = "/data"
[data.kv]
namespace = "people"
[features.http_requests]
allowed_hosts = ["api.example.com"]
`,
  'lists/a.txt': 'a',
  'hi.py': '',
  'public/logo.svg': '<svg/>',
};

describe('wasm-image inspect', () => {
  it('says of each route what its worker may do, and never the value of a variable', async () => {
    await using directory = await tempDirectory();
    await writeTree(directory.path, app);
    const text = await inspected(directory.path);
    const lines = text.split('\n').map((line) => line.replace(/ {2,}/g, '  '));
    expect(lines.slice(lines.indexOf('3 routes'))).toEqual([
      '3 routes',
      '  /  index.js  javascript',
      '  /hi  hi.py  cannot run: the language "python" is not installed (run "wws runtimes install python 3.12")',
      '  /users/[id]  users/[id].js  javascript  vars TOKEN; folders /lists from /lists (a volume has to bring it), /data from ../data (a volume has to bring it); http api.example.com; kv "people"',
      '  /*  public/  files',
      '  warning: Cannot run "hi.py": the language "python" is not installed (run "wws runtimes install python 3.12")',
    ]);
    expect(await inspectedJson(directory.path)).toMatchObject({
      routes: [
        { path: '/', worker: 'index.js', language: 'javascript', vars: [], hosts: [] },
        { path: '/hi', problem: expect.stringContaining('not installed') },
        {
          path: '/users/[id]',
          vars: ['TOKEN'],
          folders: [
            { from: '/lists', to: '/lists', isMissing: true },
            { from: '../data', to: '/data', isMissing: true },
          ],
          hosts: ['api.example.com'],
          kv: 'people',
        },
      ],
      public: true,
    });
    expect(text + (await inspected(directory.path, { json: true }))).not.toContain('s3cret');
  });

  it('says the same of a directory, of the archive built from it, and of the layout in that', async () => {
    await using directory = await tempDirectory();
    await writeTree(directory.path, {
      ...prefixed('app', app),
      'app/.wws/runtimes/r/lua/5.4/lua.wasm': 'xx',
    });
    const source = path.join(directory.path, 'app');
    const archive = path.join(directory.path, 'app.tar');
    const silent = { quiet: true, result() {}, note() {}, warn() {}, progress() {} };
    await build(source, { output: archive }, { terminal: silent, env, signal });
    const ofSource = await inspectedJson(source);
    const ofArchive = await inspectedJson(archive);
    expect({ ...ofArchive, names: [] }).toEqual(ofSource);
    expect(ofArchive['names']).toEqual(['docker.io/library/app:latest']);
    expect(ofSource['layers']).toMatchObject([
      { files: 1, bytes: 2, holds: ['lua 5.4'], largest: [{ path: '.wws/runtimes/r/lua/5.4/lua.wasm' }] },
      { files: 6, holds: [] },
    ]);
  });

  it('reads an OCI layout directory, and takes a link in it for missing', async () => {
    await using directory = await tempDirectory();
    const { manifest, blobs } = imageParts({ layers: [await tarOf({ name: 'a.js', content: '' })] });
    await writeLayout(directory.path, [...layoutMembers([manifest]), ...blobs]);
    expect(await inspectedJson(directory.path)).toMatchObject({
      digest: manifest.digest,
      routes: [{ path: '/a', worker: 'a.js' }],
    });

    await using other = await tempDirectory();
    const [index] = layoutMembers([manifest]).slice(1);
    await writeTree(other.path, { 'oci-layout': '{}', 'blobs/sha256/': '', 'real.json': '' });
    await writeFile(path.join(other.path, 'real.json'), index?.content ?? '');
    await writeTree(other.path, { 'index.json': '->real.json' });
    await expect(inspected(other.path)).rejects.toMatchObject({ code: 'corrupt' });
  });

  it('reads what docker save wrote of old, where a layer has no digest', async () => {
    await using directory = await tempDirectory();
    const layer = await tarOf({ name: 'index.js', content: 'hello' });
    const config = json({
      ...{ os: 'wasip1', architecture: 'wasm32', config: { Entrypoint: ['/index.js'] } },
      rootfs: { type: 'layers', diff_ids: [digestOf(layer)] },
    });
    const name = `${hexOf(digestOf(config))}.json`;
    const list = json([{ Config: name, RepoTags: ['x:1'], Layers: ['l/layer.tar'] }]);
    const file = path.join(directory.path, 'saved.tar');
    const members = { 'manifest.json': list, [name]: config, 'l/layer.tar': layer };
    await writeFile(
      file,
      await tarOf(...Object.entries(members).map(([member, content]) => ({ name: member, content }))),
    );
    expect(await inspectedJson(file)).toMatchObject({
      names: ['x:1'],
      platform: 'wasip1/wasm32',
      digest: digestOf(config),
      size: layer.length,
      layers: [{ compression: 'none', files: 1, bytes: 5 }],
      start: { kind: 'project', words: ['/index.js'] },
      routes: [{ path: '/' }],
    });
  });

  it('serves by the words of the image: its prefix, and what it ignores', async () => {
    const config = { Cmd: ['--prefix', 'api', '--ignore', 'b.*'], Env: ['WWS_PREFIX=other'] };
    const text = await ofArchive({ 'a.js': '', 'b.js': '' }, { config });
    expect(text).toContain('1 route\n  /api/a  a.js');
  });

  it.each([
    [{ Entrypoint: ['/tool.wasm', '-v'] }, '["/tool.wasm","-v"]: runs a command'],
    [{ Entrypoint: ['/bin/sh'] }, 'cannot start: its entrypoint "/bin/sh" is neither a module, nor a worker'],
    [{ Entrypoint: ['/nope'] }, 'cannot start: its entrypoint "/nope" is not in it'],
    [{ Entrypoint: null }, 'cannot start: it names no entrypoint'],
    [{ Cmd: ['--enable-panel'] }, 'cannot start: Cannot use argument "--enable-panel"'],
  ])('says what a container of %j starts, and shows no routes', async (config, what) => {
    const tree = { 'tool.wasm': '\0asm\x01\0\0\0', 'bin/sh': '\x7fELF', 'index.js': '' };
    const text = await ofArchive(tree, { config });
    expect(text).toContain(what);
    expect(text).not.toContain('route');
  });

  it('shows the routes of the whole image where its entrypoint is a worker, as old images have it', async () => {
    const text = await ofArchive({ 'a/b.js': '', 'c.js': '' }, { config: { Entrypoint: ['/a/b.js'] } });
    expect(text).toContain('2 routes\n  /c    c.js    javascript\n  /a/b  a/b.js  javascript');
  });

  it('shows the routes of the directory that its entrypoint names', async () => {
    const config = { Entrypoint: ['site'], WorkingDir: '/srv' };
    const text = await ofArchive({ 'srv/site/a.js': '', 'b.js': '' }, { config });
    expect(text).toContain('1 route\n  /a  a.js');
  });

  it('counts what each layer holds and takes away', async () => {
    await using directory = await tempDirectory();
    const lower = await tarOf({ name: 'a.js', content: 'a' }, { name: 'd', type: 'directory' });
    const upper = await tarOf({ name: '.wh.a.js', content: '' }, { name: 'b.js', content: 'bb' });
    const file = path.join(directory.path, 'image.tar');
    await writeFile(file, await layoutArchive({ layers: [lower, upper] }));
    expect(await inspected(file)).toMatch(/ 2 {2}sha256:\w{12} .* 1 file, takes away 1\n/);
    expect(await inspectedJson(file)).toMatchObject({
      layers: [
        { files: 1, bytes: 1, deletions: 0 },
        { files: 1, bytes: 2, deletions: 1, largest: [{ path: 'b.js', bytes: 2 }] },
      ],
      routes: [{ path: '/b' }],
    });
  });

  it('shows nothing of an image that a terminal would act on', async () => {
    const evil = '\x1b]0;pwned\x07\x9b2J\u202e';
    const tree = {
      [`${evil}.js`]: '',
      'a.js': '',
      'a.toml': `version = "1"\n"${evil.replaceAll('\x1b', '').replaceAll('\x07', '')}" = 1\n`,
    };
    const config = { Cmd: ['--prefix', evil] };
    const text = await ofArchive(tree, { config });
    expect(text).toContain('\\x1b]0;pwned\\x07\\x9b2J\\u{202e}.js');
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{C}/u);
  });

  it('reads no file of this machine, whatever links an image has', async () => {
    await using directory = await tempDirectory();
    const link = { name: 'a.toml', type: 'symlink', linkname: '/etc/hostname' } as const;
    const file = path.join(directory.path, 'image.tar');
    const layer = await tarOf({ name: 'a.js', content: '' }, link);
    await writeFile(file, await layoutArchive({ layers: [layer] }));
    await expect(inspected(file)).rejects.toMatchObject({ code: 'unsafe' });
  });

  it('fails on a layer that is not what the image says', async () => {
    const done = ofArchive(
      { 'a.js': '' },
      { spoilConfig: (config) => ({ ...config, rootfs: { diff_ids: [digestOf(json('other'))] } }) },
    );
    await expect(done).rejects.toMatchObject({ code: 'corrupt' });
  });

  it('says that there is nothing', async () => {
    await expect(inspected('/nonexistent/x.tar')).rejects.toMatchObject({ code: 'not-found' });
    await expect(inspected('/dev/null')).rejects.toThrow('neither a directory nor an archive');
  });
});

function prefixed(folder: string, tree: Tree): Tree {
  return Object.fromEntries(Object.entries(tree).map(([name, content]) => [`${folder}/${name}`, content]));
}
