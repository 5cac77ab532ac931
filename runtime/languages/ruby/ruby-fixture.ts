/** Ruby workers for tests: real files, a real interpreter. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestInterpreter, testInterpreter } from '#runtime/languages/testdata/interpreters.ts';
import type { Guest, GuestResult, GuestSpec, WorkerRequest } from '#runtime/worker/guest.ts';
import { get, NO_HOST } from '#runtime/worker/testdata/asking.ts';
import { guestSpec } from '#runtime/worker/testdata/guest-spec.ts';
import { loadRubyGuest } from './guest.ts';

/** Loads `source` from a file of its own, `greet.rb`. */
export async function loadRuby(
  source: string,
  parts: Partial<GuestSpec> = {},
  version: TestInterpreter = 'ruby 3.4',
): Promise<Guest> {
  const directory = await mkdtemp(path.join(tmpdir(), 'ruby-worker-'));
  const file = path.join(directory, 'greet.rb');
  await writeFile(file, source);
  try {
    const interpreter = await testInterpreter(version);
    return await loadRubyGuest({
      ...guestSpec({ language: 'interpreted', file, name: 'hello/greet.rb', ...parts }),
      interpreter,
    });
  } finally {
    await rm(directory, { recursive: true });
  }
}

/**
 * Loads a worker that runs what the request says: its body is Ruby, with `req` at hand, and the value of that is
 * what it answers.
 */
export function loadEvaluator(
  parts: Partial<GuestSpec> = {},
  top = '',
  version: TestInterpreter = 'ruby 3.4',
): Promise<Guest> {
  return loadRuby(`${top}\ndef worker(req) = eval(req.body, binding, __FILE__, 1)\n`, parts, version);
}

/** A request whose body is `code`. */
export function running(code: string, parts: Partial<WorkerRequest> = {}): WorkerRequest {
  return { ...get('/path?query'), body: code, ...parts };
}

/** What an evaluator makes of `code`. */
export async function result(
  guest: Guest,
  code: string,
  parts: Partial<WorkerRequest> = {},
): Promise<GuestResult> {
  return await guest.handle(running(code, parts), NO_HOST);
}

/** The value of `code` as text. */
export async function evaluated(guest: Guest, code: string): Promise<string> {
  const outcome = await result(guest, `Response.new((${code}).to_s)`);
  if (!outcome.ok) throw new Error(`${outcome.reason}; stderr: ${Buffer.from(outcome.stderr)}`);
  return Buffer.from(outcome.response.body).toString();
}
