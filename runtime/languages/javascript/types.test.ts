import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { TestProject } from './project-fixture.ts';
import { evaluate } from './worker-fixture.ts';

const root = path.join(import.meta.dirname, '../../..');
const run = promisify(execFile);

/** What an editor is told in the example of TypeScript. */
const config = JSON.parse(await readFile(path.join(root, 'examples/typescript/tsconfig.json'), 'utf8'));

/** What tsc has to say about a file in a project that has this package. */
async function check(text: string): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'javascript-types-'));
  try {
    await mkdir(path.join(directory, 'node_modules'));
    await symlink(root, path.join(directory, 'node_modules/wws'));
    const compilerOptions = { ...config.compilerOptions, skipLibCheck: false };
    await writeFile(path.join(directory, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
    await writeFile(path.join(directory, 'worker.ts'), text);
    const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
    return await run(process.execPath, [tsc, '-p', directory]).then(
      () => '',
      (error: { readonly stdout: string }) => error.stdout,
    );
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** Globals of ECMAScript as a context of V8 has them, which has a console besides. */
const standard: ReadonlySet<string> = new Set(
  (runInNewContext('Object.getOwnPropertyNames(globalThis)') as string[]).filter(
    (name) => name !== 'console',
  ),
);

/** The engine's own. */
const FURTHER: ReadonlySet<string> = new Set(['InternalError']);

describe('the declarations of what a worker has', () => {
  it('are those of a worker that runs', async () => {
    const worker = `
      import { readdir, readFile, writeFile } from 'node:fs/promises';
      import fs, { existsSync } from 'fs';

      interface Env { readonly GREETING: string }

      export default {
        async fetch(request, env, context): Promise<Response> {
          const { id = 'nobody' } = request.params;
          const url: URL = new URL(request.url);
          const body: string = request.body || '-';
          const headers = new Headers({ 'x-name': url.searchParams.get('name') ?? env.GREETING });
          Cache.set('count', Number(Cache.get('count') ?? '0') + 1);
          context.waitUntil(Promise.resolve());
          const controller = new AbortController();
          controller.signal.addEventListener('abort', (event) => console.log(event.type), { once: true });
          const timer: number = setTimeout((text: string) => text.length, 1000, 'text');
          clearTimeout(timer);
          const bytes: Uint8Array = new TextEncoder().encode(atob(btoa(structuredClone(id))));
          const names = [readdir, readFile, writeFile, fs.readFileSync, existsSync].map((call) => typeof call);
          const late: () => Promise<Response> = () => fetch('http://example.com', { signal: AbortSignal.timeout(1) });
          const found = () => KV.get<{ deep: number }>('key', 'json').then((value) => value?.deep);
          queueMicrotask(() => performance.now().toFixed());
          return Response.json({ id, body, text: new TextDecoder().decode(bytes), names, late: typeof late, found: typeof found }, { headers });
        },
      } satisfies ExportedHandler<Env>;`;
    expect(await check(worker)).toBe('');
    await using project = await TestProject.make({ 'worker.ts': worker });
    const answer = await project.answer('worker.ts');
    expect('body' in answer ? JSON.parse(answer.body) : answer).toEqual({
      id: 'nobody',
      body: '-',
      text: 'nobody',
      names: Array(5).fill('function'),
      late: 'function',
      found: 'function',
    });
  });

  it('find what a worker gets wrong', async () => {
    const wrong: Readonly<Record<string, RegExp>> = {
      'export default { fetch: () => "text" } satisfies ExportedHandler;': /TS2322/,
      'new Response({ a: 1 });': /worker\.ts\(1,16\): error/,
      'document.title;': /TS2584|TS2304/,
      'process.env;': /TS2580|TS2591|TS2304/,
      'Cache.set("key", { a: 1 });': /TS2345/,
      'addEventListener("fetch", (event) => event.respondWith("text"));': /TS2345/,
      'import { createServer } from "node:http";': /TS2307|TS2591/,
      'import { watch } from "node:fs";': /TS2614/,
    };
    for (const [text, expected] of Object.entries(wrong)) expect(await check(text), text).toMatch(expected);
  });

  it('leave out no global and none of its members', async () => {
    const members = (await evaluate(`(() => {
      const own = (object) => Object.getOwnPropertyNames(object).filter((name) => name !== 'constructor' && !name.endsWith('_ERR'));
      return Object.getOwnPropertyNames(globalThis).map((name) => {
        const value = globalThis[name];
        const kind = typeof value;
        if (kind === 'function' && value.prototype !== undefined && /^[A-Z]/.test(name))
          return [name, 'class', own(value.prototype), own(value).filter((key) => !['length', 'name', 'prototype'].includes(key))];
        return [name, kind, kind === 'object' && value !== null && value !== globalThis ? own(value) : [], []];
      });
    })()`)) as readonly (readonly [string, string, readonly string[], readonly string[]])[];
    const ours = members.filter(([name]) => !standard.has(name) && !FURTHER.has(name));
    expect(ours.map(([name]) => name)).toContain('Request');
    const lines = ours.flatMap(([name, kind, own, fixed]) => [
      `void ${name};`,
      ...own.map((key) =>
        kind === 'class'
          ? `type ${name}_${key} = ${name}[${JSON.stringify(key)}];`
          : `void ${name}[${JSON.stringify(key)}];`,
      ),
      ...fixed.map((key) => `void ${name}[${JSON.stringify(key)}];`),
    ]);
    expect(await check(`${lines.join('\n')}\nexport {};\n`)).toBe('');
  });
});
