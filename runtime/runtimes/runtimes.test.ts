import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { scanProject } from '#runtime/project/scan.ts';

const BINARY = Buffer.from('a binary');
const POLYFILL = Buffer.from('a polyfill');

let place: string;
let project: string;
let server: Server;
let base: string;
/** What the server has, by path. */
let files: Map<string, Buffer>;

beforeEach(async () => {
  place = await mkdtemp(path.join(tmpdir(), 'wws-runtimes-'));
  project = path.join(place, 'project');
  await mkdir(project);
  files = new Map([
    ['/files/python.wasm', BINARY],
    ['/files/poly.py', POLYFILL],
  ]);
  server = createServer((request, response) => {
    const file = files.get(request.url ?? '');
    response.writeHead(file === undefined ? 404 : 200).end(file);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  base = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  files.set('/index.toml', Buffer.from(index()));
});

afterEach(async () => {
  server.close();
  await rm(place, { recursive: true });
});

/** An index as the repository of wws had it, with one runtime. */
function index(changes: Readonly<Record<string, string>> = {}): string {
  const values = {
    name: '"python"',
    version: '"3.11.3"',
    status: '"active"',
    filename: '"python.wasm"',
    url: `"${base}/files/python.wasm"`,
    sha256: createHash('sha256').update(BINARY).digest('hex'),
    ...changes,
  };
  return `version = 1
[[runtimes]]
name = ${values.name}
version = ${values.version}
tags = ["latest", "3.11"]
status = ${values.status}
extensions = ["py"]
args = ["--", "main"]
[runtimes.envs]
PYTHONHOME = "/usr"
[runtimes.binary]
url = ${values.url}
filename = ${values.filename}
checksum = { type = "sha256", value = "${values.sha256}" }
[runtimes.polyfill]
url = "files/poly.py"
filename = "poly.py"
checksum = { type = "sha256", value = "${createHash('sha256').update(POLYFILL).digest('hex')}" }
`;
}

async function wws(...args: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const main = path.join(import.meta.dirname, '../main.ts');
  const node = ['--disable-warning=ExperimentalWarning', main, project, 'runtimes', ...args];
  const child = spawn(process.execPath, node, { stdio: ['ignore', 'pipe', 'pipe'] });
  const [[code], stdout, stderr] = await Promise.all([
    once(child, 'exit'),
    text(child.stdout),
    text(child.stderr),
  ]);
  return { code, stdout, stderr };
}

const from = (): string => `--repo-url=${base}/index.toml`;

/** What lies in the project, links and all. */
async function listing(): Promise<readonly string[]> {
  return (await readdir(project, { recursive: true })).sort();
}

describe('wws runtimes (wws §6.1, §6.3)', () => {
  it('installs a runtime by a tag, lists and checks it, and takes it away again', async () => {
    expect(await wws('install', 'python', 'latest', from())).toEqual({
      code: 0,
      stdout: 'Installed python 3.11.3\n',
      stderr: '',
    });
    const directory = '.wws/runtimes/wasmlabs/python/3.11.3';
    expect(await listing()).toEqual(
      expect.arrayContaining(['.wws.toml', `${directory}/python.wasm`, `${directory}/poly.py`]),
    );
    expect(await readFile(path.join(project, directory, 'python.wasm'))).toEqual(BINARY);
    expect(await readFile(path.join(project, '.wws.toml'), 'utf8')).toContain(`url = "${base}/index.toml"`);

    const { stdout } = await wws('list');
    expect(stdout).toBe(`Name        Version  Tags          Extension             Binary       Status
javascript  -        -             .js, .mjs, .ts, .mts  QuickJS      built in
wasm        -        -             .wasm                 -            built in
python      3.11.3   latest, 3.11  .py                   python.wasm  installed
python      3.12.0   latest, 3.12  .py                   python.wasm  available
ruby        3.4.1    latest, 3.4   .rb                   ruby.wasm    available
ruby        3.2.0    3.2           .rb                   ruby.wasm    available
`);
    expect(await wws('check')).toMatchObject({ code: 0, stdout: 'python 3.11.3: all files are there\n' });

    await writeFile(path.join(project, directory, 'poly.py'), 'other');
    await rm(path.join(project, directory, 'python.wasm'));
    const checked = await wws('check');
    expect(checked.code).toBe(1);
    expect(checked.stdout).toContain(
      'python 3.11.3: "python.wasm" is missing, "poly.py" has another checksum',
    );
    expect(await wws('install')).toMatchObject({ code: 0, stdout: 'Installed python 3.11.3\n' });
    expect((await wws('check')).code).toBe(0);

    expect(await wws('uninstall', 'python', '3.11.3')).toMatchObject({ code: 0 });
    expect((await wws('list')).stdout).not.toContain('installed');
    expect((await listing()).filter((name) => name.includes('3.11.3'))).toEqual([]);
  });

  it('takes only the named version of the named runtime away', async () => {
    await wws('install', 'python', '3.11.3', from());
    files.set('/index.toml', Buffer.from(index({ version: '"3.12"' })));
    await wws('install', 'python', '3.12', from());
    files.set('/index.toml', Buffer.from(index({ name: '"snake"' })));
    await wws('install', 'snake', '3.11.3', from());
    expect((await wws('uninstall', 'python', '3.11.3')).code).toBe(0);
    const { stdout } = await wws('list', '--json');
    const left = JSON.parse(stdout)
      .runtimes.filter(({ status }: Record<string, string>) => status === 'installed')
      .map(({ name, version }: Record<string, string>) => `${name} ${version}`);
    expect(left).toEqual(['snake 3.11.3', 'python 3.12']);
    expect((await wws('check')).code).toBe(0);
  });

  it('brings the newest of each language that files of the project are written in', async () => {
    await writeFile(path.join(project, 'a.py'), '');
    await writeFile(path.join(project, 'b.js'), '');
    const installed = { repository: 'wasmlabs', name: 'python', version: '3.11.3' };
    const first = await wws('install', from(), '--json');
    expect([first.code, JSON.parse(first.stdout)]).toEqual([0, { installed: [installed] }]);
    expect(await wws('install', from())).toMatchObject({
      code: 0,
      stdout: 'Nothing to install: all that the project needs is there\n',
    });
    const last = await wws('uninstall', 'python', '3.11.3', '--json');
    expect(JSON.parse(last.stdout)).toEqual({ uninstalled: [installed] });
    expect((await listing()).filter((name) => name.includes('3.11.3'))).toEqual([]);
  });

  it('brings a library to where the guest finds it', async () => {
    files.set('/files/lib.zip', Buffer.from('a library'));
    const sha256 = createHash('sha256').update('a library').digest('hex');
    const library = (filename: string): string => `${index()}
[[runtimes.library]]
url = "files/lib.zip"
filename = "${filename}"
checksum = { type = "sha256", value = "${sha256}" }
`;
    for (const bad of ['lib.zip', '/lib.zip', '/usr/../lib.zip', '/usr/.lib.zip', '/usr//lib.zip']) {
      files.set('/index.toml', Buffer.from(library(bad)));
      expect((await wws('install', 'python', 'latest', from())).stderr).toContain('cannot be a path');
    }
    files.set('/index.toml', Buffer.from(library('/usr/lib/lib.zip')));
    expect((await wws('install', 'python', 'latest', from())).code).toBe(0);
    const place = path.join(project, '.wws/runtimes/wasmlabs/python/3.11.3/library/usr/lib/lib.zip');
    expect(await readFile(place, 'utf8')).toBe('a library');
    await writeFile(place, 'another');
    expect((await wws('check')).stdout).toContain('"/usr/lib/lib.zip" has another checksum');
  });

  it('takes the version that was installed last of several for one extension', async () => {
    await writeFile(path.join(project, 'a.py'), '');
    await wws('install', 'python', '3.11.3', from());
    files.set('/index.toml', Buffer.from(index({ version: '"3.12"' })));
    await wws('install', 'python', '3.12', from());
    const used = async (): Promise<unknown> => (await scanProject({ root: project })).workers[0]?.language;
    expect(await used()).toMatchObject({ interpreter: { version: '3.12' } });
    files.set('/index.toml', Buffer.from(index({ version: '"3.13"' })));
    await wws('install', 'python', '3.13', from(), '--repo-name', 'another');
    expect(await used()).toMatchObject({ interpreter: { version: '3.13' } });
  });

  it('lists what a repository has', async () => {
    expect((await wws('list', from())).stdout).toMatch(/^python +3\.11\.3 .* available$/m);
  });

  it('installs from an index on this machine', async () => {
    await mkdir(path.join(place, 'files'));
    await writeFile(path.join(place, 'files/python.wasm'), BINARY);
    await writeFile(path.join(place, 'files/poly.py'), POLYFILL);
    await writeFile(path.join(place, 'index.toml'), index({ url: '"files/python.wasm"' }));
    const url = pathToFileURL(path.join(place, 'index.toml')).href;
    expect(await wws('install', 'python', '3.11', '--repo-url', url)).toMatchObject({ code: 0, stderr: '' });
  });

  it.each([
    [{ name: '"../../evil"' }, ':3:1: "../../evil" cannot be a name'],
    [{ version: '"../3"' }, ':4:1: "../3" cannot be a name'],
    [{ filename: '"../../../../../evil"' }, 'cannot be a name'],
    [{ filename: '"/etc/evil"' }, 'cannot be a name'],
    [{ filename: '".."' }, 'cannot be a name'],
    [{ status: '"fresh"' }, ':6:1: "status" must be active, yanked, deprecated, unknown, not "fresh"'],
    [{ sha256: 'abc' }, 'A checksum is of type "sha256", with 64 hexadecimal digits'],
    [{ sha256: '0'.repeat(64) }, `must be ${'0'.repeat(64)}`],
    [{ url: '"file:///etc/passwd"' }, 'an index from the network cannot name files of this machine'],
    [{ url: '"ftp://x/y"' }, 'only https, http, file and npm URLs are taken'],
    [{ url: '"gone"' }, 'the server answers 404'],
    [{ status: '"yanked"' }, 'it was withdrawn by its makers'],
  ])('installs nothing of an index with %j', async (changes, reason) => {
    files.set('/index.toml', Buffer.from(index(changes)));
    const { code, stderr } = await wws('install', 'python', '3.11.3', from());
    expect(code).toBe(1);
    expect(stderr).toContain(reason);
    const left = await listing();
    expect(left.filter((name) => /\.(toml|wasm|tmp)$/.test(name))).toEqual([]);
  });

  it('writes through no link that a project brings', async () => {
    await mkdir(path.join(place, 'outside'));
    await symlink(path.join(place, 'outside'), path.join(project, '.wws'));
    const { code, stderr } = await wws('install', 'python', '3.11.3', from());
    expect([code, stderr]).toEqual([1, 'Cannot install into ".wws": it is no directory\n']);
    expect(await readdir(path.join(place, 'outside'))).toEqual([]);
  });

  it('takes nothing away behind a link that a project brings', async () => {
    await wws('install', 'python', '3.11.3', from());
    const repository = path.join(project, '.wws/runtimes/wasmlabs');
    await rename(repository, path.join(place, 'outside'));
    await symlink(path.join(place, 'outside'), repository);
    const { code, stderr } = await wws('uninstall', 'python', '3.11.3');
    expect([code, stderr]).toEqual([1, 'Cannot uninstall "python" 3.11.3: a link is on the way to it\n']);
    expect(await readdir(path.join(place, 'outside/python'))).toEqual(['3.11.3']);
  });

  it('says what is missing or wrong', async () => {
    expect((await wws('install', 'perl', '5', from())).stderr).toBe(
      'Cannot install "perl": the repository has only "python"\n',
    );
    expect((await wws('install', 'python', '5')).stderr).toBe(
      'Cannot install "python" 5: the repository has only 3.12.0, latest, 3.12, 3.11.3, 3.11\n',
    );
    expect((await wws('uninstall', 'python', '1')).stderr).toBe(
      'Cannot uninstall "python" 1: it is not in .wws.toml\n',
    );
    await writeFile(path.join(project, '.wws.toml'), 'version = 1\n\n[[repositories]]\nname = "x"\n');
    expect(await wws('check')).toMatchObject({ code: 1, stderr: '.wws.toml:3:1: Missing "url"\n' });
    await writeFile(path.join(project, '.wws.toml'), 'version = 2\n');
    expect((await wws('list')).stderr).toBe('.wws.toml:1:1: "version" must be 1, not 2\n');
  });
});
