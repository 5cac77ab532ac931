import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NO_REQUESTS } from '#runtime/outbound/http-policy.ts';
import type { Guest } from '#runtime/worker/guest.ts';
import { answered, ask, body, get, NO_HOST, refused } from '#runtime/worker/testdata/asking.ts';
import { evaluated, loadEvaluator, loadRuby, result } from './ruby-fixture.ts';

const PATIENCE = 120_000;

const TOP = `
require "json"
require "securerandom"
$count = 0
class Counter
  @@total = 0
  LIST = []
  def self.next = @@total += 1
end
`;

let directory: string;
let data: string;
let guest: Guest;

beforeAll(async () => {
  directory = await realpath(await mkdtemp(path.join(tmpdir(), 'ruby-state-')));
  data = path.join(directory, 'data');
  await mkdir(data);
  await writeFile(path.join(data, 'note.txt'), 'a note');
  guest = await loadEvaluator({ folders: folders(), vars: { MODE: 'first' } }, TOP);
}, PATIENCE);

afterAll(() => rm(directory, { recursive: true, force: true }));

const folders = () => [{ guestPath: '/data', hostPath: data, writable: true }];

describe('a request to a Ruby worker finds nothing of the one before', () => {
  it.each([
    ['a global', '$count += 1', '1'],
    ['a new global', 'a = $fresh.inspect; $fresh = 1; a', 'nil'],
    ['a class variable', 'Counter.next', '1'],
    ['an object in a constant', 'Counter::LIST << 1; Counter::LIST.size', '1'],
    ['a new constant', 'a = Object.const_defined?(:NEW); Object.const_set(:NEW, 1); a', 'false'],
    ['a method of the language', 'a = "x".upcase; String.class_eval("def upcase = :spoilt"); a', 'X'],
    [
      'a method of Response',
      'a = Response.method_defined?(:spoilt); Response.class_eval("def spoilt = 1"); a',
      'false',
    ],
    ['a module put before another', 'a = Kernel.ancestors.size; Kernel.prepend(Module.new); a', '1'],
    ['ENV', 'a = ENV["MODE"] + ENV["X"].inspect; ENV["MODE"] = "2"; ENV["X"] = "3"; a', 'firstnil'],
    [
      'what was required',
      'a = defined?(CSV).inspect + $LOADED_FEATURES.grep(/csv/).size.to_s; require "csv"; a',
      'nil0',
    ],
    [
      'an instance variable of the top',
      'a = TOPLEVEL_BINDING.receiver.instance_variable_get(:@x).inspect; TOPLEVEL_BINDING.receiver.instance_variable_set(:@x, 1); a',
      'nil',
    ],
    [
      'standard streams',
      'a = [$stdout.class, $stdin.fileno, $stderr.fileno].join(" "); $stdout = $stderr = $stdin = File.open("/data/note.txt", "r+"); a',
      'IO 0 2',
    ],
    ['the load path', 'a = $LOAD_PATH.size < 200; 200.times { $LOAD_PATH << "x" }; a', 'true'],
    ['garbage collection', 'a = GC.disable; a', 'false'],
    ['what is to be done at the end', 'at_exit { $stderr.puts "never" }; 1', '1'],
    ['a fibre', 'a = $f.inspect; $f = Fiber.new { 1 }; $f.resume; a', 'nil'],
  ])('%s', async (_, code, value) => {
    for (let turn = 0; turn < 3; turn++) expect(await evaluated(guest, code)).toBe(value);
  });

  it('an open file, nor a descriptor', async () => {
    const code =
      'a = $file.inspect; $file = File.open("/data/note.txt"); 40.times { File.open("/data/note.txt") }; a + $file.fileno.to_s';
    const first = await evaluated(guest, code);
    expect(first).toMatch(/^nil\d+$/);
    for (let turn = 0; turn < 10; turn++) expect(await evaluated(guest, code)).toBe(first);
  });

  it('a temporary file: there is no place for one', async () => {
    expect(await evaluated(guest, 'begin; File.write("/tmp/x", "1"); rescue => e; e.class; end')).toBe(
      'Errno::ENOENT',
    );
  });

  it('after any way to end', async () => {
    const ends = [
      '$count = 9; raise "x"',
      '$count = 9; exit! 1',
      '$count = 9; throw :x',
      '$count = 9; Integer.class_eval("def +(o) = 7"); Response.new("")',
      '$count = 9; def deep(n) = deep(n + 1) + 1; deep(0)',
      '$count = 9; x = "a" * 40_000_000; Response.new(x.size.to_s)',
      '$count = 9; STDOUT.write("x" * 100_000) while true',
      'ObjectSpace.each_object(Class) { |c| c.class_eval("def to_s = 1") rescue nil }; nil',
    ];
    for (const code of ends) {
      await result(guest, code);
      expect(await evaluated(guest, '$count += 1')).toBe('1');
    }
  });
});

describe('randomness of a Ruby worker (hazard 1)', () => {
  it(
    'does not repeat in 10,000 requests, and nothing is counted on',
    async () => {
      const source = `require "securerandom"
$count = 0
def worker(req) = Response.new([$count += 1, rand(1 << 64), SecureRandom.hex(8)].join(" "))`;
      const worker = await loadRuby(source);
      const seen = new Set<string>();
      for (let turn = 0; turn < 10_000; turn++) {
        const [count = '', ...values] = body(ask(worker, '/')).split(' ');
        expect(count).toBe('1');
        for (const value of values) seen.add(value);
      }
      expect(seen.size).toBe(20_000);
    },
    PATIENCE,
  );

  it('never repeats, wherever it comes from', async () => {
    const sources = [
      'Random.new_seed',
      'Random.new.rand',
      'Random.bytes(8).unpack1("Q")',
      'Random.rand',
      'SecureRandom.hex(8)',
      'SecureRandom.uuid',
      '(0..20).to_a.shuffle.join(",")',
      '(0..1 << 60).step(7).first(1000).sample(8).join(",")',
      'rand',
      'srand.to_s + rand.to_s',
    ];
    const answers: unknown[][] = [];
    for (let turn = 0; turn < 200; turn++) {
      // Whichever is first is what wakes the generator.
      const turned = [...sources.slice(turn % sources.length), ...sources.slice(0, turn % sources.length)];
      const hash = turned.map((code) => `${JSON.stringify(code)} => (${code}).to_s`);
      const values: Record<string, string> = JSON.parse(
        await evaluated(guest, `{ ${hash.join(', ')} }.to_json`),
      );
      answers.push(sources.map((code) => values[code]));
    }
    for (const [index] of sources.entries()) {
      expect(new Set(answers.map((values) => values[index])).size).toBe(answers.length);
    }
  });

  it(
    'is a sequence of its own where the worker set the seed, as it was before images',
    async () => {
      const seeded = await loadRuby(
        'srand(7)\ndef worker(req) = Response.new([rand(1000), rand(1000)].join(" "))',
      );
      const answers = Array.from({ length: 5 }, () => body(ask(seeded, '/')));
      expect(new Set(answers).size).toBe(1);
    },
    PATIENCE,
  );
});

describe('the clock of a Ruby worker (hazard 2)', () => {
  it('goes on', async () => {
    for (let turn = 0; turn < 3; turn++) {
      const before = Date.now();
      const now = Number(
        await evaluated(guest, 'Process.clock_gettime(Process::CLOCK_REALTIME, :millisecond)'),
      );
      expect(now).toBeGreaterThanOrEqual(before);
      expect(now).toBeLessThanOrEqual(Date.now());
      expect(Number(await evaluated(guest, '(Time.now.to_f * 1000).floor'))).toBeGreaterThanOrEqual(now);
    }
    const ticks = () =>
      evaluated(guest, 'Process.clock_gettime(Process::CLOCK_MONOTONIC, :nanosecond)').then(BigInt);
    expect(await ticks()).toBeLessThan(await ticks());
  });

  it('lets a worker sleep', async () => {
    expect(await evaluated(guest, 'a = Time.now; sleep 0.01; Time.now - a >= 0.01')).toBe('true');
  });
});

describe('top-level code of a Ruby worker that asks for what no image can hold', () => {
  it(
    'is not what requires the standard library',
    async () => {
      const libraries = [
        'net/http',
        'open-uri',
        'securerandom',
        'openssl',
        'csv',
        'yaml',
        'time',
        'tempfile',
        'erb',
      ];
      const source = `${libraries.map((library) => `require "${library}"`).join('\n')}
AT = Process.clock_gettime(Process::CLOCK_MONOTONIC, :nanosecond)
def worker(req) = Response.new(AT.to_s)`;
      const worker = await loadRuby(source);
      expect(body(ask(worker, '/'))).toBe(body(ask(worker, '/')));
    },
    PATIENCE,
  );

  const answering = (value: string): string => `\ndef worker(req) = Response.new((${value}).to_s)`;

  async function twice(source: string, parts = {}): Promise<readonly string[]> {
    const worker = await loadRuby(source, parts);
    const outcomes = [await worker.handle(get('/'), NO_HOST), await worker.handle(get('/'), NO_HOST)];
    return outcomes.map(body);
  }

  it.each([
    ['the time', 'AT = Process.clock_gettime(Process::CLOCK_REALTIME, :nanosecond) + rand', 'AT'],
    ['randomness', 'ID = Random.new_seed', 'ID'],
    ['a uuid', 'require "securerandom"\nID = SecureRandom.uuid', 'ID'],
  ])(
    'runs for each request: %s',
    async (_, top, value) => {
      const [one, other] = await twice(top + answering(value));
      expect(one).not.toBe(other);
    },
    PATIENCE,
  );

  it(
    'finds its folders as they are at each request',
    async () => {
      const file = path.join(data, 'changing.txt');
      await writeFile(file, 'one');
      const worker = await loadRuby(`TEXT = File.read("/data/changing.txt")${answering('TEXT')}`, {
        folders: folders(),
      });
      expect(body(ask(worker, '/'))).toBe('one');
      await writeFile(file, 'two');
      expect(body(ask(worker, '/'))).toBe('two');
    },
    PATIENCE,
  );

  it(
    'requires libraries of a folder, by RUBYLIB as well',
    async () => {
      await writeFile(path.join(data, 'from_folder.rb'), 'FOUND = "found"');
      const source = `require "from_folder"${answering('FOUND')}`;
      expect(await twice(source, { folders: folders(), vars: { RUBYLIB: '/data' } })).toEqual([
        'found',
        'found',
      ]);
    },
    PATIENCE,
  );

  it(
    'finds the store of each request',
    async () => {
      const worker = await loadRuby(`N = Cache.get("n")\nCache.set("seen", N)${answering('N')}`);
      for (const n of ['1', '2']) {
        const answer = answered(await worker.handle({ ...get('/'), kv: { n } }, NO_HOST));
        expect(Buffer.from(answer.body).toString()).toBe(n);
        expect({ ...answer.kv }).toEqual({ n, seen: n });
      }
    },
    PATIENCE,
  );

  it(
    'asks other hosts at each request',
    async () => {
      let asked = 0;
      const calls = {
        ...NO_HOST,
        call: async () => {
          asked += 1;
          const reply = { ok: true, url: '', redirected: false, status: 200, statusText: '', headers: [] };
          return { ...reply, body: Buffer.from(String(asked)) } as never;
        },
      };
      const http = { ...NO_REQUESTS, allowedHosts: ['a.test'] };
      const worker = await loadRuby(`SAID = fetch("https://a.test/").body${answering('SAID')}`, { http });
      for (const said of ['1', '2']) expect(body(await worker.handle(get('/'), calls))).toBe(said);
    },
    PATIENCE,
  );

  it(
    'fails each request where it fails, with its own file and line',
    async () => {
      const worker = await loadRuby(`rand\nraise "no"${answering('1')}`);
      for (let turn = 0; turn < 2; turn++) {
        const outcome = ask(worker, '/');
        expect(refused(outcome)).toBe('Exited with code 1');
        // The log is told once why such a worker takes its time.
        const told = '"hello/greet.rb" is loaded for each request: its top-level code asks for randomness\n';
        expect(Buffer.from(outcome.stderr).toString()).toBe(
          `${turn === 0 ? told : ''}hello/greet.rb:2:in '<main>': no (RuntimeError)\n`,
        );
      }
    },
    PATIENCE,
  );
});
