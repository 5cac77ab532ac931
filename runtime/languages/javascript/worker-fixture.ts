/** Workers for tests: real files, a real engine. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { AnswerHeaders, Guest, GuestResult, WorkerRequest } from '#runtime/worker/guest.ts';
import { type ImmediateGuest, immediate, NO_HOST } from '#runtime/worker/testdata/asking.ts';
import { guestSpec } from '#runtime/worker/testdata/guest-spec.ts';
import { type WorkerLimits, workerLimits } from '#runtime/worker-limits.ts';
import { loadJavaScriptGuest } from './guest.ts';

export interface WorkerOptions {
  readonly name?: string;
  readonly vars?: Readonly<Record<string, string>>;
  readonly limits?: Partial<WorkerLimits>;
}

/** Loads `source` from a file of its own. */
export async function loadWorkerGuest(
  source: string | Uint8Array,
  options: WorkerOptions = {},
): Promise<Guest> {
  const directory = await mkdtemp(path.join(tmpdir(), 'javascript-worker-'));
  const file = path.join(directory, 'worker.js');
  await writeFile(file, source);
  try {
    const spec = guestSpec({
      language: 'javascript',
      file,
      name: options.name ?? 'worker.js',
      vars: options.vars ?? {},
      limits: workerLimits(options.limits),
    });
    return await loadJavaScriptGuest(spec);
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** As `loadWorkerGuest`, for a worker that does not wait for the host. */
export async function loadWorkerText(
  source: string | Uint8Array,
  options: WorkerOptions = {},
): Promise<ImmediateGuest> {
  return immediate(await loadWorkerGuest(source, options));
}

export function request(parts: Partial<WorkerRequest> = {}): WorkerRequest {
  return {
    url: 'http://localhost:3000/hello?name=you',
    method: 'GET',
    headers: {},
    body: '',
    kv: {},
    params: {},
    ...parts,
  };
}

/** A result in comparable form: text for bytes. */
export type Shown =
  | {
      readonly status: number;
      readonly headers: AnswerHeaders;
      readonly body: string;
      readonly kv: Readonly<Record<string, string>> | undefined;
      readonly stderr: string;
    }
  | { readonly failure: string; readonly stderr: string };

export function shown(result: GuestResult): Shown {
  const stderr = Buffer.from(result.stderr).toString();
  if (!result.ok) return { failure: result.reason, stderr };
  const { status, headers, body, kv } = result.response;
  return { status, headers, body: Buffer.from(body).toString(), kv, stderr };
}

/** What a worker whose handler returns the value of `expression` (of `request`) answers, parsed from JSON. */
export async function evaluate(expression: string, parts: Partial<WorkerRequest> = {}): Promise<unknown> {
  const guest = await loadWorkerGuest(
    `export default async (request) => Response.json({ value: await (${expression}) });`,
  );
  const answer = shown(await guest.handle(request(parts), NO_HOST));
  if ('failure' in answer) throw new Error(answer.stderr);
  return (JSON.parse(answer.body) as { value: unknown }).value;
}
