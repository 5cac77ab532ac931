import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { TestProject } from './project-fixture.ts';
import { request, shown } from './worker-fixture.ts';

const answering = (expression: string): string =>
  `export default async () => new Response(await (${expression}));`;

describe('imports of a worker', () => {
  it('are files of its project, relative to the importing file', async () => {
    await using project = await TestProject.make({
      'api/users.js': `import { hello } from './_lib/hello.js';\n${answering('hello("you")')}`,
      'api/_lib/hello.js': `import mark, { twice } from '../../_shared/mark.mjs';
        export const hello = (who) => twice('hello ' + who) + mark;`,
      '_shared/mark.mjs': `export default '!';\nexport const twice = (text) => text + text;`,
    });
    expect(await project.answer('api/users.js')).toMatchObject({ body: 'hello youhello you!' });
    expect(project.sources.map(({ name }) => name)).toEqual(['api/_lib/hello.js', '_shared/mark.mjs']);
  });

  it('are evaluated once, in the order of the standard, with their state in every request as it was then', async () => {
    await using project = await TestProject.make({
      'a.js': `import './b.js'; import { next } from './c.js'; trace.push('a');
        export default () => new Response(trace.join() + next());`,
      'b.js': `import './c.js'; trace.push('b');`,
      'c.js': `globalThis.trace = ['c']; let count = 0; export const next = () => ++count;`,
    });
    const guest = await project.loadImmediate('a.js');
    for (const _ of [1, 2]) expect(shown(guest.handle(request()))).toMatchObject({ body: 'c,b,a1' });
  });

  it('may be cyclic, with the worker itself in the cycle, and wait at top level', async () => {
    await using project = await TestProject.make({
      'a.js': `import { b } from './b.js'; export const a = 'a';\n${answering('b() + a')}`,
      'b.js': `import { a } from './a.js'; const late = await Promise.resolve('late'); export const b = () => late + a;`,
    });
    expect(await project.answer('a.js')).toMatchObject({ body: 'lateaa' });
  });

  it('may be JSON', async () => {
    await using project = await TestProject.make({
      'a.js': `import data from './data.json' with { type: 'json' };\n${answering('JSON.stringify([data, Object.keys(data)])')}`,
      'data.json': `\ufeff{ "text": "\u2028'\`\\n", "__proto__": 1 }`,
    });
    const answer = await project.answer('a.js');
    expect(JSON.parse('body' in answer ? answer.body : '')).toEqual([
      JSON.parse('{ "text": "\u2028\'`\\n", "__proto__": 1 }'),
      ['text', '__proto__'],
    ]);
  });

  it('may be dynamic while it is loaded, in a script as well', async () => {
    await using project = await TestProject.make({
      'module.js': `const { x } = await import('./x.js');\n${answering('x')}`,
      'script.js': `let x; import('./x.js').then((module) => { x = module.x; });
        addEventListener('fetch', (event) => event.respondWith(new Response(x)));`,
      'x.js': `export const x = 'dynamic';`,
    });
    expect(await project.answer('module.js')).toMatchObject({ body: 'dynamic' });
    expect(await project.answer('script.js')).toMatchObject({ body: 'dynamic' });
  });

  it('in a request give what was loaded with the worker, and nothing else', async () => {
    await using project = await TestProject.make({
      'a.js': `import './x.js';\n${answering('import("./x.js").then(({ x }) => x)')}`,
      'late.js': answering('import("./x.js").catch(({ message }) => message)'),
      'bare.js': answering('import("hono").catch(({ message }) => message)'),
      'x.js': `export const x = 'here';`,
    });
    expect(await project.answer('a.js')).toMatchObject({ body: 'here', stderr: '' });
    expect(await project.answer('late.js')).toMatchObject({
      body: 'Cannot import "x.js" any more: modules are loaded with the worker, so import it at the top level',
      stderr: '',
    });
    expect(await project.answer('bare.js')).toMatchObject({
      body: expect.stringMatching(/^Cannot import "hono" from bare\.js: packages are not looked up/),
    });
  });

  it('make a file a module that is named so', async () => {
    await using project = await TestProject.make({
      'a.mjs': `globalThis.kind = this === undefined ? 'module' : 'script';
        addEventListener('fetch', (event) => event.respondWith(new Response(kind)));`,
    });
    expect(await project.answer('a.mjs')).toMatchObject({ body: 'module' });
  });
});

describe('an import that fails', () => {
  const failure = async (files: Readonly<Record<string, string | Uint8Array>>): Promise<string> => {
    await using project = await TestProject.make(files);
    return await project.load('a.js').then(
      () => 'it was loaded',
      (error: unknown) => String(error).replace('Error: Cannot load worker "a.js": ', ''),
    );
  };

  it('names its place and what to do', async () => {
    const cases: Readonly<Record<string, string>> = {
      './missing.js': 'no such file',
      './lib/x': 'no such file (did you mean "./lib/x.js"?)',
      './lib/t.js': 'no such file (did you mean "./lib/t.ts"?)',
      './lib': 'it is a directory: name the file in it',
      '../a.js': 'it lies outside of the project',
      './lib/../../../etc/passwd': 'it lies outside of the project',
      '/etc/passwd': 'paths are relative to the importing file: begin with ./ or ../',
      './old.cjs': 'CommonJS is not supported: make it an ES module, or bundle the worker',
      './notes.txt': 'expected a name that ends in .js, .mjs, .ts, .mts or .json',
      hono: 'packages are not looked up: bundle the worker into one file',
      'node:http': 'of the modules of Node, workers have node:fs and node:fs/promises',
      'wws:host': 'there is no such module',
      'https://example.com/x.js': 'modules are files of the project',
    };
    for (const [specifier, reason] of Object.entries(cases)) {
      const said = await failure({
        'a.js': `// not '${specifier}'\nimport '${specifier}'; export default () => {};`,
        'lib/x.js': '',
        'lib/t.ts': '',
        'old.cjs': '',
        'notes.txt': '',
      });
      expect(said).toContain(`Cannot import "${specifier}" from a.js:2:8: ${reason}`);
    }
  });

  it('names the module that has it', async () => {
    expect(await failure({ 'a.js': `import './lib/b.js';`, 'lib/b.js': `\n  export * from "./c.js";` })).toBe(
      'Cannot import "./c.js" from lib/b.js:2:17: no such file',
    );
  });

  it('tells where a module breaks, in its own file and lines', async () => {
    const main = { 'a.js': `import { f } from './lib/b.js'; f(); export default () => {};` };
    expect(await failure({ ...main, 'lib/b.js': `export const f = 1;\n let b = ;` })).toMatch(
      /^lib\/b\.js:2:\d+: SyntaxError: [^\n]*$/,
    );
    expect(await failure({ ...main, 'lib/b.js': `export function f() {\n  null.x; }` })).toMatch(
      /^lib\/b\.js:2:\d+: TypeError: cannot read property 'x' of null\n +at f \(lib\/b\.js:2:\d+\)\n +at <anonymous> \(a\.js:1:\d+\)$/,
    );
    expect(await failure({ ...main, 'lib/b.js': `export const g = 1;` })).toBe(
      `SyntaxError: Could not find export 'f' in module 'lib/b.js'`,
    );
    expect(
      await failure({
        ...main,
        'lib/b.js': `export const f = async () => {\n  await null;\n  throw new Error('late');\n};`,
      }),
    ).toMatch(/^lib\/b\.js:3:\d+: Error: late\n +at f \(lib\/b\.js:3:\d+\)$/);
    expect(await failure({ 'a.js': `import x from './x.json';`, 'x.json': '{\n  "a": }' })).toMatch(
      /^Cannot import "\.\/x\.json" from a\.js:1:15: it is not JSON: /,
    );
    expect(await failure({ 'a.js': `import './x.js';`, 'x.js': Uint8Array.of(0x2f, 0x2f, 0xff) })).toContain(
      'it is not UTF-8',
    );
  });

  it('tells who writes CommonJS what it is', async () => {
    for (const text of [`const { f } = require('./b.js');`, 'module.exports = () => {};', 'exports.f = 1;']) {
      expect(await failure({ 'a.js': text })).toMatch(
        /^a\.js:1:\d+: ReferenceError: \w+ is not defined \(this is CommonJS: write import and export, or bundle the worker\)/,
      );
    }
  });

  it('has been noted, for somebody to look whether that changes', async () => {
    await using project = await TestProject.make({ 'a.js': `import './lib/b.js';` });
    await expect(project.load('a.js')).rejects.toThrow('no such file');
    expect(project.sources).toEqual([{ name: 'lib/b.js', status: '' }]);
  });
});

describe('a project that is hostile', () => {
  it('gets no file outside of it by a symbolic link', async () => {
    const outside = await mkdtemp(path.join(tmpdir(), 'outside-'));
    try {
      await writeFile(path.join(outside, 'secret.js'), `export default 'secret';`);
      await using project = await TestProject.make({
        'file.js': `import './link.js';`,
        'directory.js': `import './lib/secret.js';`,
        'dots.js': `import './dots/secret.js';`,
        'proc.js': `import './self.js';`,
        'inside.js': `import x from './linked.js'; export default () => new Response(x);`,
        'deep/real.js': `export default 'inside';`,
      });
      await symlink(path.join(outside, 'secret.js'), path.join(project.root, 'link.js'));
      await symlink(outside, path.join(project.root, 'lib'));
      await symlink(`../${path.basename(outside)}`, path.join(project.root, 'dots'));
      await symlink('/proc/self/environ', path.join(project.root, 'self.js'));
      await symlink('deep/real.js', path.join(project.root, 'linked.js'));
      for (const name of ['file.js', 'directory.js', 'dots.js', 'proc.js']) {
        await expect(project.load(name)).rejects.toThrow('leads out of the project there');
      }
      expect(await project.answer('inside.js')).toMatchObject({ body: 'inside' });
    } finally {
      await rm(outside, { recursive: true });
    }
  });

  it('cannot make the loader wait or read what is no file', async () => {
    await using project = await TestProject.make({ 'a.js': `import './x.js';`, 'b.js': `import './d.js';` });
    const { execFileSync } = await import('node:child_process');
    execFileSync('mkfifo', [path.join(project.root, 'x.js')]);
    await mkdir(path.join(project.root, 'd.js'));
    await expect(project.load('a.js')).rejects.toThrow('it is no regular file');
    await expect(project.load('b.js')).rejects.toThrow('it is a directory');
  });

  it('has its modules bounded in size and number', async () => {
    await using project = await TestProject.make({
      'a.js': `import './big.js'; export default () => {};`,
      'big.js': `// ${'x'.repeat(2048)}`,
      'many.js': Array.from({ length: 1000 }, (_, index) => `import './_m/${index}.js';`).join('\n'),
      ...Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`_m/${index}.js`, ''])),
    });
    await expect(project.load('a.js', { limits: { code: 2048 } })).rejects.toThrow(
      'Cannot import "./big.js" from a.js:1:8: the worker and its modules are larger than the limit of 2 KiB',
    );
    await expect(project.load('many.js')).rejects.toThrow('a worker has 1000 modules at most');
  });

  it('does not reach the modules of the runtime by a file that is named like one', async () => {
    await using project = await TestProject.make({
      'wws:x.js': `import './host.js';`,
      'a.js': `import './wws:host';`,
      'deep/b.js': `import { fail } from '../deep/../wws:host'; export default () => fail('x');`,
      'late.js': answering(`import('./wws:host').catch(({ message }) => message)`),
    });
    expect(await project.answer('late.js')).toMatchObject({ body: expect.stringMatching('no such module') });
    await expect(project.load('deep/b.js')).rejects.toThrow('there is no such module');
    await expect(project.load('wws:x.js')).rejects.toThrow('Cannot import "./host.js"');
    await expect(project.load('a.js')).rejects.toThrow('Cannot import "./wws:host"');
  });
});

describe('an error in a request', () => {
  it('has its stack through the modules it went through', async () => {
    await using project = await TestProject.make({
      'a.js': `import { f } from './lib/b.js';\nexport default () => f();`,
      'lib/b.js': `import { g } from './c.js';\n\nexport const f = () => g();`,
      'lib/c.js': `export async function g() {\n  await null;\n  return h();\n}\nconst h = () => { throw new RangeError('far'); };`,
    });
    expect(await project.answer('a.js')).toMatchObject({
      failure: 'There was an error running the handler: RangeError: far',
      stderr: expect.stringMatching(
        /RangeError: far\n +at h \(lib\/c\.js:5:\d+\)\n +at g \(lib\/c\.js:3:\d+\)\n$/,
      ),
    });
  });
});
