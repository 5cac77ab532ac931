/** Python workers for tests: real files, a real interpreter. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import type { Interpreter } from '#runtime/languages/interpreter.ts';
import type { AnswerHeaders, GuestResult, GuestSpec, WorkerRequest } from '#runtime/worker/guest.ts';
import { NO_HOST } from '#runtime/worker/testdata/asking.ts';
import { guestSpec } from '#runtime/worker/testdata/guest-spec.ts';
import { type WorkerLimitName, type WorkerLimits, workerLimits } from '#runtime/worker-limits.ts';
import { testInterpreter } from '../testdata/interpreters.ts';
import { loadPythonGuest, type PythonGuest } from './guest.ts';

export interface WorkerOptions extends Partial<Omit<GuestSpec, 'limits' | 'interpreter'>> {
  /** More files of the project, by their paths below it. */
  readonly files?: Readonly<Record<string, string>>;
  readonly limits?: Partial<WorkerLimits>;
  readonly interpreter?: Interpreter;
}

const directories: string[] = [];

afterAll(async () => {
  for (const directory of directories.splice(0)) await rm(directory, { recursive: true, force: true });
});

/** A project's directory with these files, gone after the tests. */
export async function makeProject(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const root = await mkdtemp(path.join(tmpdir(), 'python-worker-'));
  directories.push(root);
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(root, name)), { recursive: true });
    await writeFile(path.join(root, name), content);
  }
  return root;
}

/** Loads `source` as a worker of a project of its own. */
export async function loadPythonText(
  source: string | Uint8Array,
  { files = {}, limits = {}, interpreter, ...parts }: WorkerOptions = {},
): Promise<PythonGuest> {
  const { name = 'worker.py' } = parts;
  const root = parts.root ?? (await makeProject({ ...files, [name]: source }));
  const spec = guestSpec({ file: path.join(root, name), root, ...parts, limits: workerLimits(limits) });
  return await loadPythonGuest({
    ...spec,
    interpreter: interpreter ?? (await testInterpreter('python 3.12')),
  });
}

export function request(parts: Partial<WorkerRequest> = {}): WorkerRequest {
  return {
    url: 'http://localhost:3000/',
    method: 'GET',
    headers: {},
    body: '',
    kv: {},
    params: {},
    ...parts,
  };
}

/** A result in comparable form: text for bytes. */
export type Shown = { readonly stderr: string; readonly limits?: readonly WorkerLimitName[] } & (
  | {
      readonly status: number;
      readonly headers: AnswerHeaders;
      readonly body: string;
      readonly kv: Readonly<Record<string, string>> | undefined;
    }
  | { readonly failure: string }
);

export function shown(result: GuestResult): Shown {
  const stderr = Buffer.from(result.stderr).toString();
  const limits = result.limits === undefined ? {} : { limits: result.limits };
  if (!result.ok) return { failure: result.reason, stderr, ...limits };
  const { status, headers, body, kv } = result.response;
  const text = Buffer.from(body).toString();
  return { status, headers: { ...headers }, body: text, kv: kv && { ...kv }, stderr, ...limits };
}

/** Asks a worker that does not wait for the host. */
export async function asked(guest: PythonGuest, parts: Partial<WorkerRequest> = {}): Promise<Shown> {
  return shown(await guest.handle(request(parts), NO_HOST));
}

/** The body of an answer, which must be one. */
export async function bodyOf(guest: PythonGuest, parts: Partial<WorkerRequest> = {}): Promise<string> {
  const result = await asked(guest, parts);
  if ('failure' in result) throw new Error(`${result.failure}\n${result.stderr}`);
  return result.body;
}
