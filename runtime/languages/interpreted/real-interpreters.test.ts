import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TestInterpreter, testInterpreter } from '#runtime/languages/testdata/interpreters.ts';
import type { GuestResult, WorkerRequest } from '#runtime/worker/guest.ts';
import { answered, get, immediate } from '#runtime/worker/testdata/asking.ts';
import { guestSpec } from '#runtime/worker/testdata/guest-spec.ts';
import { loadPlainGuest } from './plain-guest.ts';

let directory: string;

beforeEach(async () => {
  directory = await realpath(await mkdtemp(path.join(tmpdir(), 'plain-real-')));
});

afterEach(() => rm(directory, { recursive: true }));

const PYTHON = `
import os
def worker(request):
    if request.body == "bytes":
        return Response(bytes([0, 255]))
    Cache.set("n", int(Cache.get("n") or 0) + 1)
    print("to the log")
    response = Response(json.dumps([request.method, request.url, request.params, os.getenv("NAME"), sys.version_info[:2]]))
    response.status_code = 201
    response.headers["x-kind"] = "python"
    return response
`;

const RUBY = `
def worker(req)
  return Response.new([0, 255].pack("C*")) if req.body == "bytes"
  Cache.set("n", Cache.get("n").to_i + 1)
  puts "to the log"
  version = RUBY_VERSION.split(".").first(2).map(&:to_i)
  Response.new(JSON.generate([req.method, req.url, req.params, ENV["NAME"], version]), 201, { "x-kind" => "ruby" })
end
`;

/** This build cannot open its stdin (`php://stdin` wants a `dup` that WASI does not have), but it answers. */
const PHP = `<?php
echo json_encode(["data" => PHP_VERSION . " " . getenv("NAME"), "headers" => (object) [], "status" => 201, "kv" => (object) []]);
`;

async function ask(
  name: TestInterpreter,
  [extension, source]: readonly [string, string],
  request: Partial<WorkerRequest>,
): Promise<GuestResult> {
  const file = path.join(directory, `worker.${extension}`);
  await writeFile(file, source);
  const guest = await loadPlainGuest({
    ...guestSpec({ language: 'interpreted', file, scratch: directory, vars: { NAME: 'world' } }),
    interpreter: await testInterpreter(name),
  });
  return immediate(guest).handle({ ...get('/a?b=1'), kv: { n: '4' }, params: { id: '7' }, ...request });
}

const CASES = [
  ['python 3.12', 'python', 'py', PYTHON, [3, 12]],
  ['python 3.11', 'python', 'py', PYTHON, [3, 11]],
  ['ruby 3.2', 'ruby', 'rb', RUBY, [3, 2]],
] as const;

describe('the plain start (wws §4)', () => {
  it.each(CASES)('runs a worker by %s', async (name, kind, extension, source, version) => {
    const result = await ask(name, [extension, source], {});
    const { status, headers, kv, body } = answered(result);
    expect(JSON.parse(Buffer.from(body).toString())).toEqual([
      'GET',
      'http://localhost/a?b=1',
      { id: '7' },
      'world',
      version,
    ]);
    expect([status, { ...headers }, { ...kv }]).toEqual([201, { 'x-kind': kind }, { n: '5' }]);
    expect(Buffer.from(result.stderr).toString()).toBe('to the log\n');
  });

  it('runs a worker of a language that nothing here knows', async () => {
    const { status, body } = answered(await ask('php 8.2.0', ['php', PHP], {}));
    expect([status, Buffer.from(body).toString()]).toEqual([201, '8.2.0 world']);
  });

  it.each([CASES[0], CASES[2]])(
    'sends bytes of a worker by %s as they are',
    async (name, _, extension, source) => {
      const { body } = answered(await ask(name, [extension, source], { body: 'bytes' }));
      expect([...body]).toEqual([0, 255]);
    },
  );
});
