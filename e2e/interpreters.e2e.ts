import { mkdir, readdir, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { installInterpreters } from '#runtime/languages/testdata/interpreters.ts';
import { run } from './harness/command.ts';
import { WASM_FLAGS } from './harness/docker-cli.ts';
import { Fixtures } from './harness/fixtures.ts';
import { request } from './harness/http.ts';
import { CHECKOUT } from './harness/machine.ts';
import { CONTAINERDS, DOCKERS, stageContainerd, stageDocker } from './harness/stages.ts';

const IMAGE = 'docker.io/wws-e2e/interpreters:latest';
const BARE = 'docker.io/wws-e2e/bare:latest';
const BASE = 'http://localhost:3000';

const PYTHON = `import os

hits = 0


def worker(request):
    global hits
    hits += 1
    with open("/data/note.txt") as note:
        text = note.read().strip()
    Cache.set("n", int(Cache.get("n") or 0) + 1)
    parts = ["python", request.params["name"], os.environ["GREETING"], text, Cache.get("n"), hits]
    response = Response(" ".join(str(part) for part in parts))
    response.headers["x-version"] = sys.version.split()[0]
    return response
`;

const RUBY = `$hits = 0

def worker(request)
  $hits += 1
  text = File.read("/data/note.txt").strip
  Cache.set("n", Cache.get("n").to_i + 1)
  parts = ["ruby", request.params["name"], ENV.fetch("GREETING"), text, Cache.get("n"), $hits]
  Response.new(parts.join(" "), 200, { "x-version" => RUBY_VERSION })
end
`;

/** One namespace for each, so that both count by themselves. */
const config = (namespace: string): string => `version = "1"
[vars]
GREETING = "hello"
[data.kv]
namespace = "${namespace}"
[[folders]]
from = "data"
to = "/data"
`;

/** A project with a worker in each language, and the languages installed. */
async function makeProject(directory: string): Promise<string> {
  const project = path.join(directory, 'interpreters');
  const files = {
    'python/[name].py': PYTHON,
    'python/[name].toml': config('python'),
    'python/data/note.txt': 'a note\n',
    'ruby/[name].rb': RUBY,
    'ruby/[name].toml': config('ruby'),
    'ruby/data/note.txt': 'a note\n',
  };
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(project, name)), { recursive: true });
    await writeFile(path.join(project, name), content);
  }
  await installInterpreters(project, 'python 3.12', 'ruby 3.4');
  return project;
}

/** Fresh state for every request, and what is stored is kept. */
async function expectAnswers(networkNamespace: string): Promise<void> {
  for (const [language, version] of [
    ['python', '3.12.0'],
    ['ruby', '3.4.1'],
  ]) {
    for (let round = 1; round <= 3; round++) {
      const { status, headers, body } = await request(networkNamespace, { url: `${BASE}/${language}/you` });
      expect([status, body]).toEqual([200, `${language} you hello a note ${round} 1`]);
      expect(headers['x-version']).toBe(version);
    }
  }
}

describe('an image of workers in Python and Ruby', () => {
  it('has a layer for each language, and for each as it is once started', async () => {
    await using fixtures = await Fixtures.make();
    const project = await makeProject(fixtures.directory);
    const build = [path.join(CHECKOUT, 'bin/wasm-image'), 'build', project, '-t', IMAGE, '--json'];
    const plain = JSON.parse(await run(build));
    const started = JSON.parse(await run([...build, '--snapshot']));
    const digests = ({ layers }: { layers: { digest: string }[] }): string[] =>
      layers.map(({ digest }) => digest);
    expect(plain.languages).toEqual([
      { name: 'python', version: '3.12.0', workers: ['python/[name].py'] },
      { name: 'ruby', version: '3.4.1', workers: ['ruby/[name].rb'] },
    ]);
    expect(started.snapshots).toMatchObject([{ runtime: 'python 3.12.0' }, { runtime: 'ruby 3.4.1' }]);
    expect([digests(plain).length, digests(started).length]).toEqual([3, 5]);
    // Languages first, then what they are once started; both images share the former.
    expect(digests(started).slice(0, 2)).toEqual(digests(plain).slice(0, 2));
    // Starting them again gives the same bytes.
    expect(digests(JSON.parse(await run([...build, '--snapshot'])))).toEqual(digests(started));
  });
});

describe('wws as it is built', () => {
  it('knows the languages that it comes with, and those of a project', async () => {
    await using fixtures = await Fixtures.make();
    const project = await makeProject(fixtures.directory);
    const wws = [path.join(CHECKOUT, 'bin/wws'), project, 'runtimes'];
    expect(JSON.parse(await run([...wws, 'check', '--json']))).toMatchObject({ ok: true });
    const { runtimes } = JSON.parse(await run([...wws, 'list', '--json']));
    const states = runtimes.map(
      ({ name, version, status }: Record<string, string>) => `${name} ${version} ${status}`,
    );
    expect(states).toEqual([
      'javascript - built in',
      'wasm - built in',
      'python 3.12.0 installed',
      'ruby 3.4.1 installed',
      'python 3.11.3 available',
      'ruby 3.2.0 available',
    ]);
  });
});

describe.each(CONTAINERDS)('workers in Python and Ruby, under containerd of %s', (release) => {
  const stage = stageContainerd(release);

  beforeAll(async () => {
    const project = await makeProject(stage.fixtures.directory);
    await stage.daemon.ctr.importImage(
      await stage.machine.lend(await stage.fixtures.archive(project, IMAGE)),
    );
  });

  it('answer from a read-only container, and leave nothing behind', async () => {
    const { ctr } = stage.daemon;
    await stage.leavesNothing(async () => {
      await ctr.start({ image: IMAGE, id: 'both', flags: ['--net-host', '--read-only'] });
      await expectAnswers(stage.machine.networkNamespace());
      await ctr.kill('both', 'SIGTERM');
      await ctr.stopped('both');
      expect(await ctr.remove('both')).toBe(0);
    });
  });
});

describe('interpreters that are kept started', () => {
  const stage = stageContainerd('trixie');

  it('serve from their snapshots alone', async () => {
    const project = await makeProject(stage.fixtures.directory);
    const { directory } = JSON.parse(
      await run([path.join(CHECKOUT, 'bin/wws'), project, 'runtimes', 'snapshot', '--json']),
    );
    expect(await readdir(directory)).toHaveLength(2);
    // Whoever had to start them would find nothing to start.
    const installed = path.join(project, '.wws/runtimes');
    for (const file of await readdir(installed, { recursive: true })) {
      if (file.endsWith('.wasm')) await truncate(path.join(installed, file), 8);
    }
    const image = 'docker.io/wws-e2e/kept:latest';
    const { ctr } = stage.daemon;
    await ctr.importImage(await stage.machine.lend(await stage.fixtures.archive(project, image)));
    await ctr.start({ image, id: 'kept' });
    await expectAnswers(stage.machine.networkNamespace(await ctr.pid('kept')));
  });
});

describe.each(DOCKERS)('workers in Python and Ruby, under Docker of %s', (release) => {
  const stage = stageDocker(release);

  beforeAll(async () => {
    const project = await makeProject(stage.fixtures.directory);
    await stage.daemon.cli.load(await stage.machine.lend(await stage.fixtures.archive(project, IMAGE)));
  });

  it('answer on a published port, and leave nothing behind', async () => {
    const { cli } = stage.daemon;
    const outside = stage.machine.networkNamespace();
    await stage.leavesNothing(async () => {
      await cli.run(['run', '-d', '--name', 'both', ...WASM_FLAGS, '-p', '3000:3000', IMAGE]);
      await expectAnswers(outside);
      await cli.run(['stop', 'both']);
      expect(await cli.state('both')).toMatchObject({ Status: 'exited', ExitCode: 0 });
      await cli.run(['rm', 'both']);
    });
  });

  it('say what to run when their language is not in the image', async () => {
    const { cli } = stage.daemon;
    const project = path.join(stage.fixtures.directory, 'bare');
    await mkdir(project);
    await writeFile(path.join(project, 'index.py'), PYTHON);
    await cli.load(await stage.machine.lend(await stage.fixtures.archive(project, BARE)));
    await stage.leavesNothing(async () => {
      await cli.run(['run', '-d', '--name', 'bare', ...WASM_FLAGS, '-p', '3000:3000', BARE]);
      const { status, body } = await request(stage.machine.networkNamespace(), { url: BASE });
      expect([status, body]).toEqual([500, expect.stringContaining('wws runtimes install python 3.12')]);
      const { stderr } = await cli.attempt(['logs', 'bare']);
      expect(stderr).toContain('Cannot run "index.py": the language "python" is not installed');
      await cli.run(['rm', '-f', 'bare']);
    });
  });
});
