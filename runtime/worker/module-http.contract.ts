import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HttpPolicy, NO_REQUESTS } from '#runtime/outbound/http-policy.ts';
import { compileC } from '#runtime/wasi/testdata/compile-c.ts';
import { workerLimits } from '#runtime/worker-limits.ts';
import type { Guest, GuestSpec } from './guest.ts';
import { CallStopped } from './host-calls.ts';
import { body, get, refused } from './testdata/asking.ts';
import { guestSpec } from './testdata/guest-spec.ts';
import { answering, HeldHost, URL_TEXT } from './testdata/held-host.ts';

type Load = (spec: GuestSpec) => Promise<Guest>;

const ALLOWED: HttpPolicy = { ...NO_REQUESTS, allowedHosts: ['a.test'] };

/** What every core module can count on that sends requests, whichever way it comes by fresh state. */
export function describeModuleHttp(way: string, loadGuest: Load): void {
  let directory: string;
  let file: string;

  beforeAll(async () => {
    directory = await realpath(await mkdtemp(path.join(tmpdir(), 'module-http-')));
    file = await compileC({
      source: 'sender',
      from: path.join(import.meta.dirname, 'testdata'),
      into: directory,
    });
  });

  afterAll(() => rm(directory, { recursive: true, force: true }));

  function load(http: HttpPolicy = ALLOWED, url: string = URL_TEXT): Promise<Guest> {
    return loadGuest(
      guestSpec({ file, http, vars: { UPSTREAM: url }, limits: workerLimits({ memory: 16 * 1024 * 1024 }) }),
    );
  }

  describe(`wws §2 a module that sends requests (${way})`, () => {
    it('hands over verb, URI, headers with repeats and body', async () => {
      const guest = await load();
      const host = new HeldHost();
      const result = guest.handle(get('/post'), host);
      expect(host.questions[0]?.request).toEqual({
        url: URL_TEXT,
        method: 'POST',
        headers: [
          ['x-a', '1'],
          ['x-a', '\xc3\xa9'],
        ],
        body: Uint8Array.from(Buffer.from('sent')),
        redirect: 'follow',
        decode: false,
      });
      host.answer('hi', [
        ['x-b', '1'],
        ['y', '2'],
        ['x-b', '\xc3\xa9'],
        ['x-c', '\xe9'],
      ]);
      expect(body(await result)).toBe('1 0 201 1:hi x-b=1 x-b=é x-c=é');
    });

    it('allocates the body, the array, then each name and value; nothing has its alignment for a pointer', async () => {
      const guest = await load();
      const host = new HeldHost();
      const result = guest.handle(get('/order'), host);
      host.answer('', [
        ['x-b', 'one'],
        ['y', ''],
      ]);
      expect(body(await result)).toBe('1/0 4/32 1/3 1/3 1/1 1/0 ');
    });

    it('writes its results to where they are after the memory grew', async () => {
      const host = new HeldHost();
      const result = (await load()).handle(get('/grow'), host);
      host.answer('hello', [['x-b', '1']]);
      expect(body(await result)).toBe('1 0 201 1:hello x-b=1');
    });

    it('gets the code and the message of what went wrong', async () => {
      const guest = await load();
      const codes = [
        'invalid-request',
        'invalid-request-body',
        'invalid-response-body',
        'not-allowed',
        'internal-error',
        'timeout',
        'redirect-loop',
      ] as const;
      for (const [number, code] of codes.entries()) {
        const host = new HeldHost();
        const result = guest.handle(get('/get'), host);
        host.questions[0]?.answer({ ok: false, code, message: `because ${code}` });
        expect(body(await result)).toBe(`1 0 error ${number} because ${code}`);
      }
      const host = new HeldHost();
      const result = guest.handle(get('/get'), host);
      host.questions[0]?.fail(new Error('no such service'));
      expect(body(await result)).toBe(
        '1 0 error 4 There was an error processing the request on the host side.',
      );
    });

    it('traps where its parameters have no meaning', async () => {
      const guest = await load();
      const at = 'http.send-http-request: ';
      for (const [target, reason] of [
        ['/bad-verb', `${at}invalid method`],
        ['/bad-tag', `${at}invalid tag of body`],
        ['/bad-pointer', `${at}a pointer is out of bounds`],
        ['/bad-utf8', `${at}a string is not UTF-8`],
      ]) {
        expect(refused(await answering(guest, target ?? ''))).toBe(`Trapped: ${reason}`);
      }
      expect(refused(await answering(guest, '/bad-result'))).toMatch(/^Trapped: /);
      expect(body(await answering(guest, '/count'))).toBe('1 0 ');
    });

    it('may not send very many headers', async () => {
      expect(body(await answering(await load(), '/many'))).toBe('1 0 error 0 the headers are too large');
    });

    it('asks as often as it likes', async () => {
      expect(body(await answering(await load(), '/three'))).toBe('1 0 201 1:hello');
    });

    it('is answered at once where its rules refuse, and the operator is told once', async () => {
      const refusal =
        "The host 'a.test' is not allowed for this worker. Please, update the worker configuration.";
      for (const http of [NO_REQUESTS, { ...NO_REQUESTS, allowedHosts: ['b.test'] }]) {
        const host = new HeldHost();
        const guest = await load(http);
        expect(body(await guest.handle(get('/three'), host))).toBe(`1 0 error 3 ${refusal}`);
        expect(host.questions).toHaveLength(1);
        expect(host.questions[0]?.request).toMatchObject({ url: URL_TEXT, headers: [], body: undefined });
      }
    });
  });

  describe(`a module that waits for an answer (${way})`, () => {
    it('holds up no other request, and each has a state of its own', async () => {
      const guest = await load();
      const hosts = Array.from({ length: 12 }, () => new HeldHost());
      const results = hosts.map((host) => guest.handle(get('/get'), host));
      expect(body(await guest.handle(get('/count'), new HeldHost()))).toBe('1 0 ');
      for (const [index, host] of [...hosts.entries()].reverse()) host.answer(`answer ${index}`);
      const bodies = (await Promise.all(results)).map(body);
      expect(bodies).toEqual(hosts.map((_, index) => `1 0 201 1:answer ${index}`));
    });

    it.each([
      ['answered', '/get', undefined],
      ['trapped after it', '/trap', 'Trapped: unreachable'],
      ['exited after it', '/exit', 'Exited with code 3'],
      ['trapped in its allocator', '/sabotage', 'Trapped: unreachable'],
      ['grew its memory', '/grow', undefined],
    ])('sees fresh state after a request that %s', async (_, target, reason) => {
      const guest = await load();
      for (let i = 0; i < 10; i++) {
        const result = await answering(guest, target);
        expect(result.ok ? undefined : result.reason).toBe(reason);
        expect(body(await answering(guest, '/count'))).toBe('1 0 ');
        expect(body(await answering(guest, '/get'))).toBe('1 0 201 1:hello');
      }
    });

    it('is made to end when its call is stopped, and the next sees fresh state', async () => {
      const guest = await load();
      for (let i = 0; i < 10; i++) {
        const host = new HeldHost();
        const result = guest.handle(get('/get'), host);
        host.questions[0]?.fail(new CallStopped('it took too long'));
        expect(refused(await result)).toBe('Stopped: it took too long');
        expect(body(await answering(guest, '/get'))).toBe('1 0 201 1:hello');
      }
    });
  });
}
