import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { attempt, run } from './harness/command.ts';
import { Fixtures } from './harness/fixtures.ts';
import { CHECKOUT } from './harness/machine.ts';

const WASM_IMAGE = path.join(CHECKOUT, 'bin/wasm-image');

const CONFIG = `version = "1"
[vars]
TOKEN = "s3cret"
[[folders]]
from = "data"
to = "/data"
[data.kv]
namespace = "people"
[features.http_requests]
allowed_hosts = ["api.example.com"]
`;

interface Route {
  readonly path: string;
  readonly worker: string;
  readonly problem?: string;
  readonly kv?: string;
  readonly hosts?: readonly string[];
  readonly folders?: readonly { readonly to?: string; readonly path?: string }[];
}

/** Routes of both programs in one form. */
function plain(routes: readonly Route[]): readonly object[] {
  return routes.map(({ path: route, worker, problem, kv, hosts = [], folders = [] }) => ({
    ...{ route, worker, problem, kv, hosts },
    folders: folders.map((folder) => folder.to ?? folder.path),
  }));
}

/** The example, and workers with everything a worker may have, or with something wrong. */
async function makeApp(directory: string): Promise<string> {
  const app = path.join(directory, 'app');
  await cp(path.join(CHECKOUT, 'examples/hello'), app, { recursive: true });
  await mkdir(path.join(app, 'data'));
  const files = {
    'data/a.txt': 'a',
    'all.js': '',
    'all.toml': CONFIG,
    'bad.js': '',
    'bad.toml': 'x',
    'p.py': '',
  };
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(app, name), text);
  return app;
}

async function inspect(
  what: string,
): Promise<Record<string, unknown> & { readonly routes: readonly Route[] }> {
  return JSON.parse(await run([WASM_IMAGE, 'inspect', what, '--json']));
}

/** What `wws` prints when it listens. */
async function served(app: string): Promise<readonly Route[]> {
  const args = [app, '-p', '0', '--log', 'json'];
  const server = spawn(path.join(CHECKOUT, 'bin/wws'), args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = once(server, 'exit');
  try {
    const [line] = await once(createInterface(server.stdout), 'line');
    return (JSON.parse(line as string) as { readonly routes: readonly Route[] }).routes;
  } finally {
    server.kill('SIGTERM');
    await ended;
  }
}

describe('wasm-image inspect', () => {
  it('says the routes that wws serves', async () => {
    await using fixtures = await Fixtures.make();
    const app = await makeApp(fixtures.directory);
    const { routes } = await inspect(app);
    expect(routes).toHaveLength(6);
    expect(plain(routes)).toEqual(plain(await served(app)));
  });

  it('says the same of a directory, its archive, and what skopeo makes of that', async () => {
    await using fixtures = await Fixtures.make();
    const app = await makeApp(fixtures.directory);
    const archive = await fixtures.archive(app, 'inspected:1');
    const layout = path.join(fixtures.directory, 'layout');
    const saved = path.join(fixtures.directory, 'saved.tar');
    const skopeo = ['skopeo', 'copy', '--quiet', '--insecure-policy', `oci-archive:${archive}`];
    await run([...skopeo, `oci:${layout}:v1`]);
    await run([...skopeo, `docker-archive:${saved}:inspected:1`]);
    const { names, ...image } = await inspect(app);
    expect(names).toEqual([]);
    expect(await inspect(archive)).toEqual({ ...image, names: ['docker.io/library/inspected:1'] });
    expect(await inspect(layout)).toEqual({ ...image, names: ['v1'] });
    // It has other documents and no compression, and the same content.
    const { routes, layers } = await inspect(saved);
    expect(routes).toEqual(image.routes);
    expect(diffIds(layers)).toEqual(diffIds(image['layers']));
  });
});

function diffIds(layers: unknown): readonly unknown[] {
  return (layers as readonly { readonly diffId: string }[]).map(({ diffId }) => diffId);
}

describe('wasm-image check', () => {
  it('passes the examples of this tree that need no build', async () => {
    for (const name of ['hello', 'router', 'typescript']) {
      const checked = await attempt([WASM_IMAGE, 'check', path.join(CHECKOUT, 'examples', name), '--strict']);
      expect(checked, name).toMatchObject({ code: 0 });
    }
  });

  it('fails an app with the problems that wws would have with it', async () => {
    await using fixtures = await Fixtures.make();
    const app = await makeApp(fixtures.directory);
    const { code, stdout } = await attempt([WASM_IMAGE, 'check', app, '--json']);
    const { problems } = JSON.parse(stdout) as { readonly problems: readonly { readonly message: string }[] };
    const failing = (await served(app)).filter(({ problem }) => problem !== undefined);
    expect([code, failing.map(({ worker }) => worker)]).toEqual([3, ['bad.js', 'p.py']]);
    expect(problems).toHaveLength(failing.length);
    for (const { problem = '' } of failing) {
      expect(problems.some(({ message }) => message.includes(problem))).toBe(true);
    }
  });
});
