import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Tree, tempDirectory, writeTree } from '../testing/tree.ts';
import { wasmModule } from '../testing/wasm-module.ts';
import { type AppCheck, checkApp } from './check-app.ts';

const WASI = 'wasi_snapshot_preview1';

async function checked(tree: Tree, modules: Readonly<Record<string, Uint8Array>> = {}): Promise<AppCheck> {
  await using directory = await tempDirectory();
  await writeTree(directory.path, tree);
  for (const [name, bytes] of Object.entries(modules)) {
    await mkdir(path.dirname(path.join(directory.path, name)), { recursive: true });
    await writeFile(path.join(directory.path, name), bytes);
  }
  return await checkApp(directory.path);
}

function messages(findings: AppCheck['problems']): readonly string[] {
  return findings.map(({ message }) => message);
}

describe('checkApp()', () => {
  it('finds nothing wrong with an app that is right', async () => {
    const config = 'version = "1"\n[[folders]]\nfrom = "data"\nto = "/data"\n';
    const check = await checked({ 'index.js': '', 'index.toml': config, 'public/a.txt': 'a' });
    expect([check.problems, check.warnings, check.secrets, check.leftOut]).toEqual([[], [], [], []]);
  });

  it('tells file, line and column of errors in the configurations of workers and of the project', async () => {
    const { problems } = await checked({
      'users/a.js': '',
      'users/a.toml': 'version = "1"\n\n[vars]\n  X = 1\n',
      'b.js': '',
      'b.toml': 'version = "1\n',
      '.wws.toml': 'version = 1\nrepositories = 7\n',
    });
    expect(problems).toMatchObject([
      { file: '.wws.toml', line: 2 },
      { file: 'b.toml', line: 1, message: expect.stringContaining('Invalid TOML') },
      { file: 'users/a.toml', line: 4, column: 3 },
    ]);
  });

  it('names the command that installs a language', async () => {
    const { problems } = await checked({ 'a.rb': '', 'b.rb': '' });
    expect(messages(problems)).toEqual([
      'Cannot run "a.rb" and 1 more: the language "ruby" is not installed (run "wws runtimes install ruby 3.4")',
    ]);
  });

  it('warns of workers that are never reached', async () => {
    const { problems, warnings } = await checked({ 'u/[a].js': '', 'u/[b].js': '' });
    expect([problems, messages(warnings)]).toEqual([
      [],
      ['"u/[b].js" is never reached: "u/[a].js" has the route "/u/[b]"'],
    ]);
  });

  it('links compiled workers to what the host has, and names all that is missing', async () => {
    const { problems, modules, warnings } = await checked(
      { 'sends.toml': 'version = "1"\n[features.http_requests]\nallowed_hosts = ["a.example"]\n' },
      {
        'fits.wasm': wasmModule({ imports: [[WASI, 'fd_write']], exports: ['_start'] }),
        'sends.wasm': wasmModule({ imports: [['http', 'send-http-request']], exports: ['_start'] }),
        'cannot.wasm': wasmModule({ imports: [['http', 'send-http-request']], exports: ['_start'] }),
        'wants.wasm': wasmModule({
          imports: [
            ['env', 'log'],
            [WASI, 'proc_exit'],
            [WASI, 'fd_magic'],
          ],
          exports: ['_start'],
        }),
        'idle.wasm': wasmModule({ exports: ['run'] }),
        'broken.wasm': Buffer.from('\0asm\x01\0\0\0\x63', 'latin1'),
        'component.wasm': Buffer.from('\0asm\x0d\0\x01\0', 'latin1'),
      },
    );
    expect(messages(problems)).toEqual([
      expect.stringMatching(/^Cannot \w+ (module )?"?broken\.wasm/),
      'Cannot compile "component.wasm": it is a component, expected a core module',
      'Cannot run "idle.wasm": it exports none of "_start", "_initialize" and "wws_handle"',
      `Cannot link "wants.wasm": it imports the function "env.log", which is not provided; nor are ${WASI}.fd_magic`,
    ]);
    expect(messages(warnings)).toEqual([
      '"cannot.wasm" sends requests, and may reach no host: list them in "features.http_requests"',
    ]);
    expect(modules).toMatchObject([
      { worker: 'broken.wasm', imports: [] },
      { worker: 'cannot.wasm', missing: [] },
      { worker: 'component.wasm' },
      { worker: 'fits.wasm', imports: [`${WASI}.fd_write`], missing: [] },
      { worker: 'idle.wasm' },
      { worker: 'sends.wasm', imports: ['http.send-http-request'], missing: [] },
      { worker: 'wants.wasm', missing: ['env.log', `${WASI}.fd_magic`] },
    ]);
  });

  it('warns of what looks like a secret, and says what stays out', async () => {
    const check = await checked({
      'index.js': '',
      '.env': 'A=1',
      'public/server.key': '',
      '.git/config': '',
      'node_modules/x/.env': '',
      '.dockerignore': '.env',
    });
    expect(check.secrets).toEqual(['.env', 'public/server.key']);
    expect(messages(check.warnings)).toEqual([
      '".dockerignore" is not applied: what it lists is in the image',
      '".env" looks like a secret, and is in the image',
      '"public/server.key" looks like a secret, and is in the image, in public/: whoever asks gets it',
    ]);
    expect(check.leftOut).toEqual(['.git', 'node_modules']);
  });

  it('tells what cannot be built beside what cannot be served', async () => {
    const { problems } = await checked({ 'a.py': '', link: '->/etc/passwd' });
    expect(messages(problems)).toEqual([
      expect.stringContaining('Cannot add "link": a link may only point to what is in the image'),
      expect.stringContaining('the language "python" is not installed'),
    ]);
  });

  it('calls an app without workers and public files a problem', async () => {
    const { problems } = await checked({ 'README.md': '' });
    expect(messages(problems)).toEqual([expect.stringContaining('no worker and no public/')]);
  });

  it('fails for a directory that is not there', async () => {
    await expect(checkApp('/nonexistent')).rejects.toMatchObject({ code: 'not-found' });
  });
});
