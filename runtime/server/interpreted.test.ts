import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { installInterpreters } from '#runtime/languages/testdata/interpreters.ts';
import { installLines } from '#runtime/languages/testdata/lines-language.ts';
import { TestServer } from './testdata/test-server.ts';

let site: TestServer;

beforeEach(async () => {
  site = await TestServer.make();
});

afterEach(() => site[Symbol.asyncDispose]());

async function answerOf(target: string): Promise<[number, string]> {
  const response = await site.get(target);
  return [response.status, await response.text()];
}

describe('a worker in a language that has to be installed', () => {
  it('answers when it is', async () => {
    await site.file('index.lines', 'hello, \n@env NAME');
    await site.file('index.toml', 'version = "1"\n[vars]\nNAME = "world"\n');
    await installLines(site.root);
    await site.serve({ languages: 'real' });
    expect(await answerOf('/')).toEqual([200, 'hello, world']);
  });

  it('answers by the older versions as well', { timeout: 120_000 }, async () => {
    await site.file('a.py', 'def worker(request):\n    return Response(str(sys.version_info[:2]))\n');
    await site.file('b.rb', 'def worker(request)\n  Response.new(RUBY_VERSION)\nend\n');
    await installInterpreters(site.root, 'python 3.11', 'ruby 3.2');
    await site.serve({ languages: 'real' });
    expect(await answerOf('/a')).toEqual([200, '(3, 11)']);
    expect(await answerOf('/b')).toEqual([200, '3.2.0']);
    expect(site.lines.filter((line) => line.startsWith('Cannot'))).toEqual([]);
  });

  it('says to whoever asks what to run when it is not, and leaves the others alone', async () => {
    await site.file('a.py');
    await site.file('b.js', 'export default () => new Response("b");');
    await site.serve({ languages: 'real' });
    const text =
      '<p>Cannot run this function: the language "python" is not installed (run "wws runtimes install python 3.12")</p>';
    expect(await answerOf('/a')).toEqual([500, text]);
    expect(await answerOf('/b')).toEqual([200, 'b']);
    expect(site.lines[0]).toMatch(/^Cannot run "a\.py": the language "python" is not installed/);
  });

  it('fails alone, and privately, when its interpreter is not what it should be', async () => {
    await site.file('a.lines', 'hello');
    await installLines(site.root);
    await writeFile(path.join(site.root, '.wws/runtimes/tests/lines/1.0/poly.lines'), 'other');
    await site.serve({ languages: 'real' });
    expect(await answerOf('/a')).toEqual([500, '<p>There was an error running this function</p>']);
    expect(site.lines.join('\n')).toMatch(
      /Cannot load worker "a\.lines": Cannot read "poly\.lines": its SHA-256/,
    );
  });

  it('leaves nothing behind in the project and elsewhere', async () => {
    await site.file('index.lines', '@args');
    await installLines(site.root);
    await site.serve({ languages: 'real' });
    expect((await answerOf('/'))[0]).toBe(200);
    const [worker] = site.server?.workers ?? [];
    const scratch = worker !== undefined && 'scratch' in worker.guest ? worker.guest.scratch : undefined;
    expect(existsSync(scratch ?? '')).toBe(true);
    expect(existsSync(path.join(site.root, '.wws/workers'))).toBe(false);
    await site.server?.drain();
    await expect.poll(() => existsSync(scratch ?? '')).toBe(false);
  });
});
