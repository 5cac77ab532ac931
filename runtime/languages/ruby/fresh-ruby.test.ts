import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testInterpreter } from '#runtime/languages/testdata/interpreters.ts';
import { NO_REQUESTS } from '#runtime/outbound/http-policy.ts';
import type { Guest } from '#runtime/worker/guest.ts';
import { answered, ask, body, get, NO_HOST, refused } from '#runtime/worker/testdata/asking.ts';
import { guestSpec } from '#runtime/worker/testdata/guest-spec.ts';
import { loadRubyGuest } from './guest.ts';
import { evaluated, loadEvaluator, loadRuby, result, running } from './ruby-fixture.ts';

/** Every request starts Ruby, and takes its time. */
const PATIENCE = 120_000;

let directory: string;
let guest: Guest;

beforeAll(async () => {
  directory = await realpath(await mkdtemp(path.join(tmpdir(), 'ruby-started-')));
  await mkdir(path.join(directory, 'assets'));
  await writeFile(path.join(directory, 'assets/note.rb'), 'NOTE = "a note"');
  const folders = [{ guestPath: '/src/assets', hostPath: path.join(directory, 'assets'), writable: false }];
  const scratch = path.join(directory, 'scratch');
  guest = await loadEvaluator({ vars: { MODE: 'x "y"' }, folders, scratch }, '$count = 0', 'ruby 3.2');
}, PATIENCE);

afterAll(() => rm(directory, { recursive: true, force: true }));

describe('a worker in a build of Ruby that can only be started: 3.2, as wws had it', {
  timeout: PATIENCE,
}, () => {
  it('has the same names, in the older language', async () => {
    const code =
      'Cache.set("v", RUBY_VERSION); Response.new([req.method, $count += 1, ENV.to_h].to_json, 201, "x-a" => 1)';
    const answer = answered(await result(guest, code, { kv: { n: '1' } }));
    expect(JSON.parse(Buffer.from(answer.body).toString())).toEqual(['GET', 1, { MODE: 'x "y"' }]);
    expect(answer).toMatchObject({ status: 201, headers: { 'x-a': '1' }, kv: { n: '1', v: '3.2.0' } });
  });

  it('has the standard library and its folders', async () => {
    const code =
      'require "base64"; require "securerandom"; require_relative "assets/note"; NOTE + Base64.strict_encode64("hi")';
    expect(await evaluated(guest, code)).toBe('a noteaGk=');
  });

  it('finds nothing of the request before', async () => {
    const code =
      'a = $count += 1; ENV["MODE"] = "2"; String.class_eval("def upcase = 7"); [a, ENV.size, rand]';
    const [one, other] = [await evaluated(guest, code), await evaluated(guest, code)];
    expect(one).toMatch(/^\[1, 1, 0\./);
    expect(other).toMatch(/^\[1, 1, 0\./);
    expect(one).not.toBe(other);
  });

  it('says where it failed, and answers the next request', async () => {
    const outcome = await result(guest, 'raise "no"');
    expect(refused(outcome)).toBe('Exited with code 1');
    expect(Buffer.from(outcome.stderr).toString()).toBe(
      "hello/greet.rb:1:in `worker': no (RuntimeError)\n\tfrom hello/greet.rb:2:in `eval'\n\tfrom hello/greet.rb:2:in `worker'\n",
    );
    expect(refused(await result(guest, 'exit 3'))).toBe('Exited with code 3');
    expect(await evaluated(guest, '1 + 1')).toBe('2');
  });

  it('says with each request what is wrong with its code', async () => {
    const wrong = await loadRuby('def worker(req', {}, 'ruby 3.2');
    const outcome = ask(wrong, '/');
    expect(refused(outcome)).toBe('Exited with code 1');
    expect(Buffer.from(outcome.stderr).toString()).toContain('hello/greet.rb:1: syntax error');
  });

  it('asks other hosts, and others are served while it waits', async () => {
    const http = { ...NO_REQUESTS, allowedHosts: ['a.test'] };
    const worker = await loadEvaluator({ http }, '', 'ruby 3.2');
    const said = Promise.withResolvers<never>();
    const waiting = worker.handle(running('Response.new(fetch("https://a.test/").body)'), {
      ...NO_HOST,
      call: () => said.promise,
    });
    expect(
      await evaluated(worker, 'begin; fetch("https://b.test/"); rescue FetchError => e; e.code; end'),
    ).toBe('not-allowed');
    const reply = { ok: true, url: '', redirected: false, status: 200, statusText: 'OK', headers: [] };
    said.resolve({ ...reply, body: Buffer.from('answer') } as never);
    expect(body(await waiting)).toBe('answer');
    const code = 'require "net/http"; Response.new(Net::HTTP.get(URI("https://a.test/")))';
    expect(body(await worker.handle(running(code), { ...NO_HOST, call: () => said.promise }))).toBe('answer');
  });

  it('is left to the wrapper it came with, if that is of somebody else', async () => {
    const text = 'print %({"data":"wrapped #{{source}}","headers":{},"status":200,"kv":{}})';
    const [wrapper, file] = [path.join(directory, 'wrapper.txt'), path.join(directory, 'index.rb')];
    await writeFile(wrapper, text);
    await writeFile(file, '1 + 1');
    const interpreter = {
      ...(await testInterpreter('ruby 3.2')),
      wrapper: { file: wrapper, sha256: createHash('sha256').update(text).digest('hex') },
    };
    const scratch = path.join(directory, 'scratch');
    const spec = guestSpec({ language: 'interpreted', file, interpreter, scratch });
    const wrapped = await loadRubyGuest({ ...spec, interpreter });
    expect(body(await wrapped.handle(get('/'), NO_HOST))).toBe('wrapped 2');
  });
});

describe('a Ruby worker with snapshot = false', () => {
  it(
    'is loaded for each request',
    async () => {
      const top = 'AT = Process.clock_gettime(Process::CLOCK_MONOTONIC, :nanosecond)\n';
      const source = `${top}def worker(req) = Response.new(AT.to_s)`;
      const frozen = await loadRuby(source);
      expect(body(ask(frozen, '/'))).toBe(body(ask(frozen, '/')));
      const fresh = await loadRuby(source, { snapshot: false });
      expect(body(ask(fresh, '/'))).not.toBe(body(ask(fresh, '/')));
    },
    PATIENCE,
  );
});
