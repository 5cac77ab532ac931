import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Preopen } from '#runtime/wasi/preopen.ts';
import { startingModule } from '#runtime/wasi/testdata/binary.ts';
import { compileC } from '#runtime/wasi/testdata/compile-c.ts';
import { WORKER_LIMITS, type WorkerLimits, workerLimits } from '#runtime/worker-limits.ts';
import type { Guest, GuestSpec } from './guest.ts';
import { answered, ask, body, refused } from './testdata/asking.ts';
import { guestSpec } from './testdata/guest-spec.ts';

/** Instructions: `call 0`, `end`. */
const CALL_SELF = [0x10, 0];
const END = 0x0b;

interface Options {
  readonly file?: string;
  readonly vars?: Record<string, string>;
  readonly folders?: readonly Preopen[];
  readonly limits?: Partial<WorkerLimits>;
}

type Load = (spec: GuestSpec) => Promise<Guest>;

/** What every worker that is a core module can count on, whichever way it comes by fresh state. */
export function describeModuleGuest(way: string, loadGuest: Load): void {
  let directory: string;
  let workerFile: string;
  let reactorFile: string;
  let stateFile: string;

  beforeAll(async () => {
    directory = await realpath(await mkdtemp(path.join(tmpdir(), 'module-guest-')));
    const exports = ['-Wl,--allow-undefined'];
    workerFile = await compileC({ source: 'worker', into: directory, flags: exports });
    reactorFile = await compileC({ source: 'reactor', into: directory, flags: ['-mexec-model=reactor'] });
    stateFile = await compileC({ source: 'state', into: directory });
  });

  afterAll(() => rm(directory, { recursive: true, force: true }));

  function load({ file = workerFile, vars = {}, folders = [], limits = {} }: Options = {}) {
    return loadGuest(guestSpec({ file, vars, folders, limits: workerLimits(limits) }));
  }

  async function write(name: string, bytes: Uint8Array | string): Promise<string> {
    const file = path.join(directory, name);
    await writeFile(file, bytes);
    return file;
  }

  describe(`a module worker (${way})`, () => {
    it('answers with the status, headers, body and K/V it prints', async () => {
      const { headers, status, kv, ...response } = answered(ask(await load(), '/hello'));
      expect({ ...headers }).toEqual({ 'x-kind': 'c' });
      expect({ ...kv }).toEqual({ n: '1' });
      expect(status).toBe(201);
      expect(Buffer.from(response.body).toString()).toBe('hello');
    });

    it('finds the request on stdin as one line with all six keys', async () => {
      const result = ask(await load(), '/echo?a=1');
      const line = Buffer.from(result.stderr).toString();
      expect(line).not.toContain('\n');
      expect(JSON.parse(line)).toEqual({
        url: 'http://localhost/echo?a=1',
        method: 'GET',
        headers: { host: 'localhost' },
        body: '',
        kv: {},
        params: {},
      });
    });

    it('sees fresh state on every request', async () => {
      const guest = await load();
      const counts = Array.from({ length: 200 }, () => body(ask(guest, '/count')));
      expect(new Set(counts)).toEqual(new Set(['1']));
    });

    it('sees fresh state after a trap', async () => {
      const guest = await load();
      for (let i = 0; i < 20; i++) {
        expect(refused(ask(guest, '/trap'))).toBe('Trapped: unreachable');
        expect(body(ask(guest, '/count'))).toBe('1');
      }
    });

    it('hands over what it said on stderr, also when it fails', async () => {
      const result = ask(await load(), '/trap');
      expect(Buffer.from(result.stderr).toString()).toBe('about to trap\n');
    });

    it('succeeds when it exits with code 0 and fails with any other', async () => {
      const guest = await load();
      expect(body(ask(guest, '/exit0'))).toBe('exited');
      expect(refused(ask(guest, '/exit3'))).toBe('Exited with code 3');
    });

    it('fails when stdout is not exactly one JSON object', async () => {
      const guest = await load();
      expect(refused(ask(guest, '/garbage'))).toBe('stdout is not one JSON object: "not json\\n"');
      expect(refused(ask(guest, '/silent'))).toBe('stdout is empty');
      expect(refused(ask(guest, '/twice'))).toContain('stdout is not one JSON object');
    });

    it('is stopped when it writes more to stdout than the limit, which the reason names', async () => {
      const result = ask(await load(), '/flood');
      expect(refused(result)).toBe('Stopped: wrote more than 16 MiB to stdout');
      expect(result.limits).toEqual(['output']);
    });

    it('may flood stderr: the rest is counted and dropped', async () => {
      const result = ask(await load(), '/noise');
      expect(body(result)).toBe('noisy');
      expect(result.limits).toEqual(['log']);
      const dropped = 100 * 65536 - WORKER_LIMITS.log.default;
      expect(Buffer.from(result.stderr.slice(WORKER_LIMITS.log.default)).toString()).toBe(
        `\n(${dropped} more bytes of stderr dropped)\n`,
      );
    });

    it('has no arguments and only its vars for environment', async () => {
      const guest = await load({ vars: { GREETING: 'good day' } });
      expect(body(ask(guest, '/argc'))).toBe('0');
      expect(body(ask(guest, '/env'))).toBe('good day');
      expect(body(ask(guest, '/path-env'))).toBe('clean');
    });

    it('reads files in its folders', async () => {
      await write('note.txt', 'a note');
      const folder = { guestPath: '/data', hostPath: directory, writable: false };
      expect(body(ask(await load({ folders: [folder] }), '/file'))).toBe('a note');
      expect(body(ask(await load(), '/file'))).toBe('cannot open');
    });

    it('fails a request whose folder cannot be opened, and answers once it can', async () => {
      const hostPath = path.join(directory, 'late');
      const guest = await load({ folders: [{ guestPath: '/late', hostPath, writable: true }] });
      expect(refused(ask(guest, '/count'))).toBe('Cannot open folder "/late": no such directory');
      await mkdir(hostPath);
      expect(body(ask(guest, '/count'))).toBe('1');
    });

    it('may be a reactor whose initialiser does the job', async () => {
      const guest = await load({ file: reactorFile });
      for (let i = 0; i < 3; i++) expect(body(ask(guest, '/'))).toBe('from a reactor');
    });

    it('survives exhausting the stack', async () => {
      const guest = await load();
      // The stack of C is in the guest's memory, the engine's is not.
      expect(refused(ask(guest, '/recurse'))).toBe('Trapped: memory access out of bounds');
      expect(body(ask(guest, '/count'))).toBe('1');
      const file = await write('recurse.wasm', startingModule(...CALL_SELF, END));
      expect(refused(ask(await load({ file }), '/'))).toBe('Trapped: call stack exhausted');
    });

    it('is refused more memory than the limit', async () => {
      const guest = await load();
      const result = ask(guest, '/gluttony');
      const megabytes = Number(body(result));
      expect(result.limits).toEqual(['memory']);
      expect(megabytes).toBeGreaterThan(250);
      expect(megabytes).toBeLessThan(256);
      expect(ask(guest, '/count').limits).toBeUndefined();
    });

    it('is told that outbound requests are not allowed', async () => {
      const guest = await load();
      expect(body(ask(guest, '/fetch'))).toBe(
        "1 3 The host 'example.org' is not allowed for this worker. Please, update the worker configuration.",
      );
      expect(body(ask(guest, '/fetch-relative'))).toBe('1 4 builder error: relative URL without a base');
      expect(body(ask(guest, '/fetch-bad'))).toBe('1 0 invalid uri character');
    });
  });

  describe(`a module worker (${way}) finds its first state`, () => {
    /** What a worker finds that nobody has asked before. */
    const first = /^[0-9a-f]+ 0 0 0 0 0 1 4 0x[0-9a-f]+ 0x[0-9a-f]+$/;

    async function loadState(): Promise<Guest> {
      await write('note.txt', 'a note');
      const folder = { guestPath: '/data', hostPath: directory, writable: false };
      return await load({ file: stateFile, folders: [folder], limits: { memory: 16 * 1024 * 1024 } });
    }

    it.each([
      ['answered', '/look', undefined],
      ['trapped', '/trap', 'Trapped: unreachable'],
      ['overwrote all of its memory', '/scorch', 'Trapped: unreachable'],
      ['exited with code 0', '/exit0', 'stdout is empty'],
      ['exited with another code', '/exit3', 'Exited with code 3'],
      ['exhausted its stack', '/recurse', 'Trapped: memory access out of bounds'],
      ['wrote too much', '/flood', 'Stopped: wrote more than 16 MiB to stdout'],
      ['grew its memory a little', '/grow', undefined],
      ['grew its memory to the limit', '/gluttony', 'Trapped: unreachable'],
    ])('after a request that %s', async (_, target, reason) => {
      const guest = await loadState();
      const look = body(ask(guest, '/look'));
      const size = body(ask(guest, '/size'));
      expect(look).toMatch(first);
      for (let i = 0; i < 10; i++) {
        const result = ask(guest, target);
        expect(result.ok ? undefined : result.reason).toBe(reason);
        expect(body(ask(guest, '/look'))).toBe(look);
        expect(body(ask(guest, '/size'))).toBe(size);
      }
    });
  });
}
