import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestInterpreter, testInterpreter } from '#runtime/languages/testdata/interpreters.ts';
import type { Guest } from '#runtime/worker/guest.ts';
import { ask, body, refused } from '#runtime/worker/testdata/asking.ts';
import { guestSpec } from '#runtime/worker/testdata/guest-spec.ts';
import { loadRubyGuest } from './guest.ts';

const PATIENCE = 120_000;

let root: string;

beforeAll(async () => {
  root = await realpath(await mkdtemp(path.join(tmpdir(), 'ruby-beside-')));
  const files = {
    'secret.rb': 'SECRET = 1',
    'users/lib/greeting.rb':
      'require_relative "words"\nmodule Greeting\n  def self.to(name) = "#{WORD}, #{name} #{$loads += 1}"\nend',
    'users/lib/words.rb': '$loads = 0\nWORD = "hello"',
    'users/broken.rb': '\ndef x(\n',
    'users/raising.rb': 'def fail_here\n  raise "here"\nend',
    'users/note.txt': 'a note',
  };
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(root, name)), { recursive: true });
    await writeFile(path.join(root, name), text);
  }
  await writeFile(`${root}.rb`, 'OUTSIDE = 1');
  await symlink(`${root}.rb`, path.join(root, 'users/link.rb'));
});

afterAll(async () => {
  await rm(root, { recursive: true, force: true });
  await rm(`${root}.rb`, { force: true });
});

async function load(
  source: string,
  { notes = [], version = 'ruby 3.4' }: { notes?: string[]; version?: TestInterpreter } = {},
): Promise<Guest> {
  const file = path.join(root, 'users/index.rb');
  await writeFile(file, source);
  const interpreter = await testInterpreter(version);
  const spec = guestSpec({ language: 'interpreted', file, name: 'users/index.rb', root, interpreter });
  return await loadRubyGuest({ ...spec, interpreter }, ({ name }) => notes.push(name));
}

const rescued = (code: string): string =>
  `def worker(req)\n  ${code}\n  Response.new("got it")\nrescue LoadError, Errno::ENOENT => e\n  Response.new(e.class.name)\nend`;

describe('a Ruby worker requires files beside itself', { timeout: PATIENCE }, () => {
  it('by require_relative, each once, and is loaded with them once and for all', async () => {
    const notes: string[] = [];
    const source = `require_relative "lib/greeting"\nrequire_relative "./lib/words.rb"
AT = Process.clock_gettime(Process::CLOCK_MONOTONIC, :nanosecond)
def worker(req) = Response.new(Greeting.to("you") + " " + AT.to_s)`;
    const guest = await load(source, { notes });
    const answers = [body(ask(guest, '/')), body(ask(guest, '/'))];
    expect(answers[0]).toMatch(/^hello, you 1 \d+$/);
    expect(answers[1]).toBe(answers[0]);
    // A server that watches is told of them.
    expect(notes).toEqual(['users/lib/greeting.rb', 'users/lib/words.rb']);
  });

  it('in the middle of a request as well', async () => {
    const guest = await load(
      'def worker(req)\n  require_relative "lib/greeting"\n  Response.new(Greeting.to("me"))\nend',
    );
    for (let turn = 0; turn < 2; turn++) expect(body(ask(guest, '/'))).toBe('hello, me 1');
  });

  it('in a build that can only be started', async () => {
    const source = 'require_relative "lib/greeting"\ndef worker(req) = Response.new(Greeting.to("old"))';
    expect(body(ask(await load(source, { version: 'ruby 3.2' }), '/'))).toBe('hello, old 1');
  });

  it.each([
    ['above its directory', 'require_relative "../secret"'],
    ['that a link leads to outside of the project', 'require_relative "link"'],
    ['that are not there', 'require_relative "none"'],
    ['that are no Ruby', 'require_relative "note.txt"'],
    ['by another way than to run them', 'File.read("/.wws/beside/note.txt")'],
    ['with a name that climbs', 'File.read("/.wws/beside/lib/../../secret.rb")'],
  ])('and none %s', async (_, code) => {
    expect(body(ask(await load(rescued(code)), '/'))).toMatch(/^(LoadError|Errno::ENOENT)$/);
  });

  it('and is told in which of them an error is', async () => {
    await expect(load('require_relative "broken"')).rejects.toThrow(
      /"users\/index\.rb": .*users\/broken\.rb:2/,
    );
    const guest = await load('require_relative "raising"\ndef worker(req) = fail_here');
    const outcome = ask(guest, '/');
    expect(refused(outcome)).toBe('Exited with code 1');
    expect(Buffer.from(outcome.stderr).toString()).toMatch(
      /^users\/raising\.rb:2:in .*fail_here': here \(RuntimeError\)\n\tfrom users\/index\.rb:2:in/,
    );
  });
});
