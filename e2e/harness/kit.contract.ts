import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HttpPolicy, NO_REQUESTS } from '#runtime/outbound/http-policy.ts';
import type { OutboundReply, OutboundRequest } from '#runtime/outbound/message.ts';
import type { Preopen } from '#runtime/wasi/preopen.ts';
import type { GuestResult, WorkerRequest } from '#runtime/worker/guest.ts';
import type { HostCalls } from '#runtime/worker/host-calls.ts';
import { loadModuleGuest, type ModuleGuest } from '#runtime/worker/module-guest.ts';
import { answered, body, get, NO_HOST, refused } from '#runtime/worker/testdata/asking.ts';
import { guestSpec } from '#runtime/worker/testdata/guest-spec.ts';

const UPSTREAM = 'https://a.test/x?y=1';
const ALLOWED: HttpPolicy = { ...NO_REQUESTS, allowedHosts: ['a.test'] };

interface Parts {
  readonly vars?: Readonly<Record<string, string>>;
  readonly folders?: readonly Preopen[];
  readonly http?: HttpPolicy;
}

/** A kit's probe as a guest. */
export class KitProbe {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  load({ vars = {}, folders = [], http = NO_REQUESTS }: Parts = {}): Promise<ModuleGuest> {
    const all = { UPSTREAM, GREETING: 'good day', ...vars };
    return loadModuleGuest(guestSpec({ file: this.#file, vars: all, folders, http, binaryBodies: true }));
  }
}

export async function ask(
  guest: ModuleGuest,
  target: string,
  parts: Partial<WorkerRequest> = {},
  host: HostCalls = NO_HOST,
): Promise<GuestResult> {
  return await guest.handle({ ...get(target), ...parts }, host);
}

/** A host that answers every request with `reply`, and keeps what it was asked. */
export class AnsweringHost implements HostCalls {
  readonly after: HostCalls['after'] = NO_HOST.after;
  readonly requests: OutboundRequest[] = [];
  readonly #reply: OutboundReply;

  constructor(reply: Partial<Extract<OutboundReply, { ok: true }>> = {}) {
    const nothing = { status: 200, statusText: 'OK', headers: [], body: new Uint8Array() };
    this.#reply = { ok: true, url: UPSTREAM, redirected: false, ...nothing, ...reply };
  }

  call(_service: string, request: never): Promise<never> {
    this.requests.push(request);
    return Promise.resolve(this.#reply as never);
  }
}

/** What every worker built with a kit can count on. `build` gives its probe. */
export function describeKit(kit: string, build: () => Promise<string>): void {
  describe(`a worker built with the ${kit}`, () => {
    let probe: KitProbe;
    let directory: string;

    beforeAll(async () => {
      probe = new KitProbe(await build());
      directory = await realpath(await mkdtemp(path.join(tmpdir(), 'kit-')));
    });

    afterAll(() => rm(directory, { recursive: true, force: true }));

    it('answers with status, headers and text', async () => {
      const { status, headers, ...response } = answered(await ask(await probe.load(), '/hello'));
      expect(status).toBe(201);
      expect(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])).toEqual([
        ['x-kind', 'probe'],
      ]);
      expect(Buffer.from(response.body).toString()).toBe('hello <&> \u2028 é');
    });

    it('reads method, URL, headers, body and parameters of the request', async () => {
      const result = await ask(await probe.load(), '/echo?a=%20b&c', {
        method: 'PUT',
        headers: { host: 'localhost', 'user-agent': 'me' },
        body: 'text\n"é"',
        params: { id: '7/8', rest: 'é' },
      });
      expect(JSON.parse(body(result))).toEqual({
        method: 'PUT',
        url: 'http://localhost/echo?a=%20b&c',
        host: 'localhost',
        agent: 'me',
        body: 'text\n"é"',
        params: { id: '7/8', rest: 'é' },
      });
    });

    it('sends bytes that are no text', async () => {
      const response = answered(await ask(await probe.load(), '/bytes'));
      expect([...response.body]).toEqual(Array.from({ length: 256 }, (_, byte) => byte));
    });

    it('reads bytes that are no text', async () => {
      const guest = await probe.load();
      const bytes = Uint8Array.of(0, 0xff, 0x80, 1);
      expect([...answered(await ask(guest, '/reverse', { bytes })).body]).toEqual([1, 0x80, 0xff, 0]);
      expect(body(await ask(guest, '/reverse', { body: 'abc' }))).toBe('cba');
    });

    it('changes, adds and forgets K/V, whatever the keys', async () => {
      const kv = { count: '41', forget: 'me', 'stays."as it is"': '\u0000 é' };
      const result = answered(await ask(await probe.load(), '/kv', { kv }));
      expect(Buffer.from(result.body).toString()).toBe('42');
      expect({ ...result.kv }).toEqual({
        count: '42',
        'stays."as it is"': '\u0000 é',
        'a.b "c" é': 'd.e',
      });
    });

    it('leaves K/V alone when it only reads', async () => {
      const kv = { a: '1' };
      expect({ ...answered(await ask(await probe.load(), '/hello', { kv })).kv }).toEqual(kv);
    });

    it('sees its vars', async () => {
      expect(body(await ask(await probe.load(), '/env'))).toBe('good day');
    });

    it('reads and writes files of its folders', async () => {
      await writeFile(path.join(directory, 'note.txt'), 'a note');
      const folder = (writable: boolean) => ({ guestPath: '/data', hostPath: directory, writable });
      const guest = await probe.load({ folders: [folder(true)] });
      expect(body(await ask(guest, '/read'))).toBe('a note');
      expect(body(await ask(guest, '/write', { method: 'PUT' }))).toBe('written');
      expect(await readFile(path.join(directory, 'written.txt'), 'utf8')).toBe('PUT');
      const reader = await probe.load({ folders: [folder(false)] });
      expect((await ask(reader, '/write')).ok).toBe(false);
    });

    it('answers once a folder is there that was missing when it was loaded', async () => {
      const hostPath = path.join(directory, 'late');
      const guest = await probe.load({ folders: [{ guestPath: '/data', hostPath, writable: true }] });
      expect(refused(await ask(guest, '/read'))).toBe('Cannot open folder "/data": no such directory');
      await mkdir(hostPath);
      await writeFile(path.join(hostPath, 'note.txt'), 'late');
      expect(body(await ask(guest, '/read'))).toBe('late');
    });

    it('sends several values of one header', async () => {
      const { headers } = answered(await ask(await probe.load(), '/cookies'));
      expect(Object.values(headers)).toEqual([['a=1', 'b=2']]);
    });

    it('sends requests with headers that repeat, and reads such answers', async () => {
      const host = new AnsweringHost({
        status: 203,
        headers: [
          ['x-b', '1'],
          ['x-b', '\xc3\xa9'],
        ],
        body: Buffer.from('from afar'),
      });
      const guest = await probe.load({ http: ALLOWED });
      expect(body(await ask(guest, '/fetch', {}, host))).toBe('203 1,é "from afar"');
      const [request] = host.requests;
      expect(request).toMatchObject({ url: UPSTREAM, method: 'GET', body: undefined });
      expect(
        request?.headers.filter(([name]) => name.toLowerCase() === 'x-a').map(([, value]) => value),
      ).toEqual(['1', '\xc3\xa9']);
    });

    it('sends a body that is no text, and waits for its answer while it serves others', async () => {
      const host = new AnsweringHost();
      const guest = await probe.load({ http: ALLOWED });
      const answers = Array.from({ length: 8 }, () => ask(guest, '/post', {}, host));
      expect(body(await ask(guest, '/visits'))).toBe('1');
      for (const answer of await Promise.all(answers)) expect(body(answer)).toBe('200  ""');
      expect(host.requests).toHaveLength(8);
      for (const request of host.requests) {
        expect(request.method).toBe('POST');
        expect([...(request.body ?? [])]).toEqual([0, 0xff]);
      }
    });

    it('gets large answers whole', async () => {
      const large = Buffer.alloc(3_000_000, 'x');
      const guest = await probe.load({ http: ALLOWED });
      const answer = body(await ask(guest, '/fetch', {}, new AnsweringHost({ body: large })));
      expect(answer).toBe(`200  "${large}"`);
    });

    it('is told what is refused, and why', async () => {
      const refusal =
        "The host 'a.test' is not allowed for this worker. Please, update the worker configuration.";
      expect(body(await ask(await probe.load(), '/fetch'))).toBe(`error 3: ${refusal}`);
    });

    it('has fresh state for every request, also after failures', async () => {
      const guest = await probe.load();
      for (const target of ['/visits', '/fail', '/visits', '/kv', '/visits']) {
        const result = await ask(guest, target);
        if (target === '/visits') expect(body(result)).toBe('1');
      }
    });

    it('fails with what it said on stderr, and stores nothing', async () => {
      const result = await ask(await probe.load(), '/fail', { kv: { a: '1' } });
      expect(refused(result)).toMatch(/^(Exited with code \d+|Trapped: unreachable)$/);
      expect(Buffer.from(result.stderr).toString()).toContain('out of order');
    });

    it('may write to the log', async () => {
      const result = await ask(await probe.load(), '/stderr');
      expect(Buffer.from(result.stderr).toString()).toBe('a line for the log\n');
    });

    it('never draws the same random numbers for two requests', async () => {
      const guest = await probe.load();
      const seen = new Set<string>();
      let drawn = 0;
      for (let i = 0; i < 300; i++) {
        for (const number of body(await ask(guest, '/random'))
          .trim()
          .split('\n')) {
          seen.add(number);
          drawn += 1;
        }
      }
      expect(drawn).toBeGreaterThan(300);
      expect(seen.size).toBe(drawn);
    });

    it('has a clock that goes on', async () => {
      const guest = await probe.load();
      const before = Date.now();
      const [now = '', isMonotonic] = body(await ask(guest, '/clock')).split(' ');
      expect(Number(now)).toBeGreaterThanOrEqual(before);
      expect(Number(now)).toBeLessThanOrEqual(Date.now());
      expect(isMonotonic).toBe('true');
    });
  });
}
