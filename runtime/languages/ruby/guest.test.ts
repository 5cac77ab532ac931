import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Guest, GuestResult, WorkerResponse } from '#runtime/worker/guest.ts';
import { answered, ask, body, NO_HOST, refused } from '#runtime/worker/testdata/asking.ts';
import { evaluated, loadEvaluator, loadRuby, result, running } from './ruby-fixture.ts';

/** Ruby starts in a fraction of a second, on a machine that has nothing else to do. */
const PATIENCE = 120_000;

let directory: string;
let guest: Guest;

beforeAll(async () => {
  directory = await realpath(await mkdtemp(path.join(tmpdir(), 'ruby-folders-')));
  await mkdir(path.join(directory, 'assets'));
  await mkdir(path.join(directory, 'data'));
  const folders = [
    { guestPath: '/src/assets', hostPath: path.join(directory, 'assets'), writable: false },
    { guestPath: '/data', hostPath: path.join(directory, 'data'), writable: true },
  ];
  guest = await loadEvaluator({
    vars: { GREETING: 'good "day" ä' },
    folders,
    scratch: path.join(directory, 'scratch'),
  });
}, PATIENCE);

afterAll(() => rm(directory, { recursive: true, force: true }));

const stderr = (outcome: GuestResult): string => Buffer.from(outcome.stderr).toString();

async function answer(code: string, parts = {}): Promise<WorkerResponse> {
  return answered(await result(guest, code, parts));
}

describe('a Ruby worker (wws §4)', () => {
  it('answers with the body, status and headers of its Response', async () => {
    const { status, headers, body, kv } = await answer(
      `Response.new("hällo", 201, { "x-kind" => "ruby", n: 7 })`,
    );
    expect({ ...headers }).toEqual({ 'x-kind': 'ruby', n: '7' });
    expect(status).toBe(201);
    expect(Buffer.from(body).toString()).toBe('hällo');
    expect(kv).toBeUndefined();
  });

  it('has 200 and no headers where it says nothing, and names for three statuses', async () => {
    expect(await answer('Response.new("x")')).toMatchObject({ status: 200, headers: {} });
    expect(await answer('Response.ok("x")')).toMatchObject({ status: 200 });
    expect(await answer('Response.created("x", { "location" => "/x" })')).toMatchObject({
      status: 201,
      headers: { location: '/x' },
    });
    expect(await answer('Response.not_found')).toMatchObject({ status: 404 });
  });

  it('may change the fields of a Response, and give a header several values', async () => {
    const code =
      'r = Response.new("a"); r.status_code = 202; r.headers = {"set-cookie" => ["a=1", "b=2"]}; r.body = "b"; r';
    expect(await answer(code)).toMatchObject({ status: 202, headers: { 'set-cookie': ['a=1', 'b=2'] } });
  });

  it('sees every part of the request', async () => {
    const parts = { method: 'PROPFIND', headers: { 'x-a': 'ü' }, params: { id: 'a/b' } };
    const code =
      'Response.new([req.url, req.method, req.headers, req.params, req.body.size, req.class].to_json)';
    expect(JSON.parse(Buffer.from((await answer(code, parts)).body).toString())).toEqual([
      'http://localhost/path?query',
      'PROPFIND',
      { 'x-a': 'ü' },
      { id: 'a/b' },
      code.length,
      'Request',
    ]);
  });

  it('sends the very bytes of a body that is not UTF-8, and of one that only says so', async () => {
    expect((await answer('Response.new("\\xff\\x00a".b)')).body).toEqual(Buffer.from([0xff, 0, 0x61]));
    expect((await answer('Response.new("\\xff\\x00a")')).body).toEqual(Buffer.from([0xff, 0, 0x61]));
    expect((await answer('Response.new("é".encode("UTF-16LE"))')).body).toEqual(Buffer.from([0xe9, 0]));
  });

  it(
    'has the very bytes of a body that is no text',
    async () => {
      const echo = await loadRuby(
        'def worker(req) = Response.new(req.body.bytes.inspect + req.body.encoding.name)',
      );
      const request = { ...running(''), bytes: Uint8Array.of(0xff, 0, 0x80) };
      expect(body(await echo.handle(request, NO_HOST))).toBe('[255, 0, 128]ASCII-8BIT');
    },
    PATIENCE,
  );

  it('has its vars and nothing else in ENV', async () => {
    expect(await evaluated(guest, 'ENV.to_h.to_json')).toBe('{"GREETING":"good \\"day\\" ä"}');
  });

  it('finds its namespace in Cache, and leaves it alone unless it changes something', async () => {
    const kv = { count: '7', other: 'x' };
    const read = await answer(
      'Response.new(Cache.get("count") + Cache.get(:none).inspect + Cache.keys.join)',
      { kv },
    );
    expect(Buffer.from(read.body).toString()).toBe('7nilcountother');
    expect(read.kv).toBeUndefined();
    const code = 'Cache.set("count", Cache.get("count").to_i + 1); Cache.delete("other"); Response.new("")';
    expect({ ...(await answer(code, { kv })).kv }).toEqual({ count: '8' });
  });

  it('reads and writes its folders, each with its rights', async () => {
    await writeFile(path.join(directory, 'assets/note.txt'), 'a note');
    expect(await evaluated(guest, 'File.read("/src/assets/note.txt")')).toBe('a note');
    expect(
      await evaluated(guest, 'File.write("/data/new.txt", "written"); Dir.children("/data").inspect'),
    ).toBe('["new.txt"]');
    expect(await readFile(path.join(directory, 'data/new.txt'), 'utf8')).toBe('written');
    expect(await evaluated(guest, 'begin; File.write("/src/assets/no", ""); rescue => e; e.class; end')).toBe(
      'Errno::EROFS',
    );
    for (const file of ['/etc/passwd', '/data/../../etc/passwd', '/src/greet.rb']) {
      expect(await evaluated(guest, `File.exist?("${file}")`)).toBe('false');
    }
  });

  it('requires files of its folders relative to itself', async () => {
    await writeFile(path.join(directory, 'assets/helper.rb'), 'def help = "helped by " + __FILE__');
    expect(await evaluated(guest, 'require_relative "assets/helper"; help')).toBe(
      'helped by /src/assets/helper.rb',
    );
  });

  it.each([
    ['json', 'JSON.parse("[1]")', '[1]'],
    ['base64', 'Base64.strict_encode64("hi")', 'aGk='],
    ['securerandom', 'SecureRandom.hex(8).size', '16'],
    ['digest', 'Digest::SHA256.hexdigest("")[0, 8]', 'e3b0c442'],
    ['openssl', 'OpenSSL::HMAC.hexdigest("SHA256", "k", "d").size', '64'],
    ['time', 'Time.parse("2020-01-01T00:00:00Z").to_i', '1577836800'],
    ['csv', 'CSV.parse_line("a,b").size', '2'],
    ['erb', 'ERB.new("<%= 1 + 1 %>").result', '2'],
    ['yaml', 'YAML.load("a: 1")', '{"a" => 1}'],
    ['zlib', 'Zlib.inflate(Zlib.deflate("x"))', 'x'],
    ['net/http', 'Net::HTTP::Get.new("/").method', 'GET'],
    ['rubygems', 'Gem::Version.new("1.2") < Gem::Version.new("1.10")', 'true'],
  ])('has the standard library: %s', async (library, code, value) => {
    expect(await evaluated(guest, `require "${library}"; ${code}`)).toBe(value);
  });

  it('prints to the log', async () => {
    const outcome = await result(guest, 'puts "one"; print "two\\n"; warn "three"; p 4; Response.new("")');
    expect(outcome.ok).toBe(true);
    expect(stderr(outcome)).toBe('one\ntwo\nthree\n4\n');
  });
});

describe('a Ruby worker that fails', () => {
  it(
    'is told with its own file and line, and none of the frames around it',
    async () => {
      const failing = await loadRuby('def deep(x)\n  x.nope\nend\n\ndef worker(req)\n  deep(req)\nend\n');
      const outcome = ask(failing, '/');
      expect(refused(outcome)).toBe('Exited with code 1');
      expect(stderr(outcome)).toMatch(
        /^hello\/greet\.rb:2:in .*deep': undefined method 'nope' for .* \(NoMethodError\)/,
      );
      expect(stderr(outcome)).toContain("\tfrom hello/greet.rb:6:in 'Object#worker'");
      expect(stderr(outcome)).not.toMatch(/wws\/|eval:|-e:/);
    },
    PATIENCE,
  );

  it('is told with what led to it as well', async () => {
    const outcome = await result(guest, 'begin; raise "one"; rescue; raise "two"; end');
    expect(stderr(outcome)).toMatch(/two \(RuntimeError\).*one \(RuntimeError\)/s);
    expect(stderr(outcome)).not.toMatch(/wws\/|eval:|-e:/);
  });

  it.each([
    ['nil', 'nil', 'worker returned nil, expected a Response'],
    ['a number', '7', 'worker returned 7, expected a Response'],
    ['an array', '[1]', 'worker returned [1], expected a Response'],
  ])('fails when it returns %s', async (_, code, message) => {
    const outcome = await result(guest, code);
    expect(refused(outcome)).toBe('Exited with code 1');
    expect(stderr(outcome)).toContain(message);
  });

  it('fails when it returns a string that is no answer, and may return one that is', async () => {
    expect(refused(await result(guest, '"hello"'))).toBe('stdout is not one JSON object: "hello"');
    const text = '{"data":"made by hand","status":203,"headers":{}}';
    expect(await answer(`'${text}'`)).toMatchObject({ status: 203 });
  });

  it.each([
    ['exit', 'stdout is empty'],
    ['exit 3', 'Exited with code 3'],
    ['abort', 'Exited with code 1'],
    ['exit! 4', 'Exited with code 4'],
    ['raise "x"', 'Exited with code 1'],
    ['raise Exception, "x"', 'Exited with code 1'],
    ['throw :x', 'Exited with code 1'],
    ['Response.new("", "abc")', 'Exited with code 1'],
    ['STDOUT.puts "x"; Response.new("")', 'stdout is not one JSON object'],
  ])('fails by %s, and the next request is served', async (code, reason) => {
    expect(refused(await result(guest, code))).toContain(reason);
    expect(await evaluated(guest, '1 + 1')).toBe('2');
  });
});

describe('loading a Ruby worker', () => {
  it(
    'says where its code is wrong',
    async () => {
      await expect(loadRuby('\ndef worker(req\n  1\nend')).rejects.toThrow(
        /^Cannot load worker "hello\/greet\.rb": .*hello\/greet\.rb:3/s,
      );
    },
    PATIENCE,
  );

  it(
    'says where it raised, and what it printed',
    async () => {
      const source = 'puts "printed"\n\nraise ArgumentError, "no good"\n';
      await expect(loadRuby(source)).rejects.toThrow(
        'Cannot load worker "hello/greet.rb": hello/greet.rb:3:in \'<main>\': no good (ArgumentError)\nIt printed:\nprinted',
      );
    },
    PATIENCE,
  );

  it(
    'says that the method is missing',
    async () => {
      await expect(loadRuby('def work(req) = 1')).rejects.toThrow('does not define the method "worker"');
    },
    PATIENCE,
  );

  it(
    'says that the memory it may have is too little',
    async () => {
      const limits = {
        ...(await import('#runtime/worker-limits.ts')).workerLimits({ memory: 32 * 1024 * 1024 }),
      };
      await expect(loadEvaluator({ limits })).rejects.toThrow(/memory/);
    },
    PATIENCE,
  );

  it(
    'hands what it printed to the log with the first request',
    async () => {
      const printing = await loadRuby('puts "loading"\ndef worker(req) = Response.new("")');
      expect([1, 2].map(() => stderr(ask(printing, '/')))).toEqual(['loading\n', '']);
    },
    PATIENCE,
  );
});
