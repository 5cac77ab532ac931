import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { scanProject } from './scan.ts';

let root: string;

beforeEach(async () => {
  root = await realpath(await mkdtemp(path.join(tmpdir(), 'wws-upstream-')));
});

afterEach(() => rm(root, { recursive: true }));

const BASE = 'https://workers.wasmlabs.dev/repository/v1';
const VERSION = '3.11.1+20230217-1';
const FILES = {
  binary: 'python.wasm',
  polyfill: 'poly.py',
  wrapper: 'wrapper.txt',
  template: 'template.txt',
};

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** As wws 1.7 wrote it: tables in its order, keys that we do not have, and tags and envs left out or empty. */
function metadata(): string {
  const files = Object.entries(FILES).map(
    ([kind, name]) => `[repositories.runtimes.${kind}]
url = "${BASE}/files/python/3-1/${name}"
filename = "${name}"

[repositories.runtimes.${kind}.checksum]
type = "sha256"
value = "${sha256(kind)}"
`,
  );
  return `version = 1

[[repositories]]
name = "wasmlabs"
url = "${BASE}/index.toml"

[[repositories.runtimes]]
name = "python"
version = "${VERSION}"
tags = ["latest", "3.11", "3.11.1"]
status = "active"
extensions = ["py"]
args = ["--", "/src/index.py"]

${files.join('\n')}
[repositories.runtimes.envs]
`;
}

describe('a project that wws itself has installed a language into', () => {
  it('is taken as it is', async () => {
    const directory = path.join(root, '.wws/runtimes/wasmlabs/python', VERSION);
    await mkdir(directory, { recursive: true });
    for (const [kind, name] of Object.entries(FILES)) await writeFile(path.join(directory, name), kind);
    // What it left behind at its last start.
    const left = path.join(root, '.wws/workers/py/0a1b');
    await mkdir(left, { recursive: true });
    await writeFile(path.join(left, 'index.py'), '');
    await writeFile(path.join(root, '.wws.toml'), metadata());
    await writeFile(path.join(root, 'hello.py'), '');
    const file = (kind: keyof typeof FILES): object => ({
      file: path.join(directory, FILES[kind]),
      sha256: sha256(kind),
    });
    const { workers, warnings } = await scanProject({ root });
    expect(warnings).toEqual([]);
    expect(workers.map(({ name, language }) => [name, language])).toEqual([
      [
        'hello.py',
        {
          kind: 'interpreted',
          interpreter: {
            name: 'python',
            version: VERSION,
            binary: file('binary'),
            polyfill: file('polyfill'),
            wrapper: file('wrapper'),
            args: ['--', '/src/index.py'],
            envs: {},
            library: { files: [], folders: [] },
          },
        },
      ],
    ]);
  });
});
