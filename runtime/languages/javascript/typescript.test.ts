import { describe, expect, it } from 'vitest';
import { TestProject } from './project-fixture.ts';

describe('a worker in TypeScript', () => {
  it('runs, and so do the modules it imports', async () => {
    await using project = await TestProject.make({
      'users/[id].ts': `import { greet, type Greeting } from '../_lib/greet.ts';
        import type { User } from '../_lib/user.d.ts';
        const user = { name: 'Ada' } satisfies User;
        export default {
          async fetch(request: Request): Promise<Response> {
            const greeting: Greeting = greet<User>(user as User);
            return new Response(greeting!.text);
          },
        };`,
      '_lib/greet.ts': `import { mark } from './mark.mts';
        export interface Greeting { readonly text: string }
        export function greet<T extends { name: string }>({ name }: T): Greeting { return { text: 'Hello ' + name + mark }; }`,
      '_lib/mark.mts': `export const mark: string = '!';`,
      '_lib/user.d.ts': `export interface User { name: string }`,
    });
    expect(await project.answer('users/[id].ts')).toMatchObject({ body: 'Hello Ada!', stderr: '' });
    expect(project.sources.map(({ name }) => name)).toEqual(['_lib/greet.ts', '_lib/mark.mts']);
  });

  it('may be a script', async () => {
    await using project = await TestProject.make({
      'a.ts': `interface FetchEvent { respondWith(response: Response): void }
        addEventListener('fetch', (event: FetchEvent) => event.respondWith(new Response(typeof this)));`,
    });
    expect(await project.answer('a.ts')).toMatchObject({ body: 'object' });
  });

  it('has its errors at the very lines and columns of its source', async () => {
    await using project = await TestProject.make({
      'a.ts': `interface Thing { deep: { x: number } }\n\nexport default (request: Request, _env: object, _context: object, thing?: Thing): Response => {\n  const late: Thing | undefined = thing; return new Response(String(late.deep.x));\n};`,
    });
    expect(await project.answer('a.ts')).toMatchObject({
      failure: "There was an error running the handler: TypeError: cannot read property 'deep' of undefined",
      stderr: expect.stringMatching(/ at [^\n]*\(a\.ts:4:69\)\n/),
    });
  });

  it('that cannot be erased is refused by place and reason', async () => {
    const cases: readonly (readonly [string, RegExp])[] = [
      ['\n\n  enum A { x }', /^a\.ts:3:3: TypeScript enum is not supported where types are only erased$/],
      ['const a = 1;\n\t\tenum A {\n  x,\n}', /^a\.ts:2:3: TypeScript enum is not supported/],
      [
        'class A {\n\tconstructor(private x: number) {}\n}',
        /^a\.ts:2:22: TypeScript parameter property is not supported/,
      ],
      [
        'namespace N { export const x = 1; }',
        /^a\.ts:1:1: TypeScript namespace declaration is not supported/,
      ],
      ['let a: = 1;', /^a\.ts:1:8: Unexpected token `=`/],
      ['function f(\n', /^a\.ts:\d+: Unexpected token `<eof>`/],
    ];
    for (const [text, expected] of cases) {
      await using project = await TestProject.make({ 'a.ts': text, 'b.js': `import './a.ts';` });
      for (const name of ['a.ts', 'b.js']) {
        const error: unknown = await project.load(name).catch((reason: unknown) => reason);
        const start = `Error: Cannot load worker "${name}": `;
        expect(String(error).slice(0, start.length)).toBe(start);
        expect(
          String(error)
            .slice(start.length)
            .replace(/^Error: /, ''),
        ).toMatch(expected);
      }
    }
  });

  it('is told what it does not import as a type', async () => {
    await using project = await TestProject.make({
      'a.ts': `import { User } from './b.ts'; export default (user: User) => user;`,
      'b.ts': `export interface User {}`,
    });
    await expect(project.load('a.ts')).rejects.toThrow(
      `Could not find export 'User' in module 'b.ts' (of a type? then write "import type")`,
    );
  });

  it('has no JSX and no names without an ending', async () => {
    await using project = await TestProject.make({
      'a.ts': `import { x } from './lib';`,
      'lib.ts': `export const x = 1;`,
      'b.ts': `import './c.tsx';`,
      'c.tsx': '',
    });
    await expect(project.load('a.ts')).rejects.toThrow('no such file (did you mean "./lib.ts"?)');
    await expect(project.load('b.ts')).rejects.toThrow('JSX is not supported: bundle the worker');
  });
});
