import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ModuleGuest } from '#runtime/worker/module-guest.ts';
import { answered, body, refused } from '#runtime/worker/testdata/asking.ts';
import { AnsweringHost, ask, describeKit, KitProbe } from './harness/kit.contract.ts';
import { probe, upstreamProgram } from './harness/kit-workers.ts';
import { CHECKOUT } from './harness/machine.ts';
import { goToolchain } from './harness/toolchain.ts';

const EARLY = { EARLY: 'https://a.test/' };

describe.each(['command', 'prepared'] as const)('Go, %s', (form) => {
  describeKit(`Go kit as ${form}`, () => probe('go', form));

  describe('the Go kit', () => {
    let kit: KitProbe;
    let guest: ModuleGuest;

    beforeAll(async () => {
      kit = new KitProbe(await probe('go', form));
      guest = await kit.load();
    });

    it('keeps its instance', () => {
      expect(guest.rung).toBe('kept');
    });

    it('joins several writes, and answers with an empty 200 when there is none', async () => {
      expect(body(await ask(guest, '/writes'))).toBe('one two three');
      const nothing = answered(await ask(guest, '/nothing'));
      expect([nothing.status, nothing.body.length]).toEqual([200, 0]);
    });

    it('sends headers and status as they were at the first write', async () => {
      const late = answered(await ask(guest, '/late-header'));
      expect([late.status, Object.keys(late.headers)]).toEqual([200, []]);
    });

    it('shows the stack of a panic', async () => {
      const { stderr } = await ask(guest, '/fail');
      expect(Buffer.from(stderr).toString()).toMatch(/^panic: out of order\n\ngoroutine [\s\S]*main\.fail\(/);
    });

    it('ends with the exit code of the program', async () => {
      expect(refused(await ask(guest, '/exit'))).toBe('Exited with code 3');
    });

    it('sends requests by http.Get', async () => {
      const getter = await kit.load({
        http: { allowHttp: false, allowedHosts: ['a.test'], allowedMethods: ['GET'] },
      });
      const host = new AnsweringHost({ body: Buffer.from('got') });
      expect(body(await ask(getter, '/get', {}, host))).toBe('200  "got"');
    });

    it('runs goroutines, and collects garbage', async () => {
      expect(body(await ask(guest, '/goroutines'))).toBe('[a b c]');
      expect(body(await ask(guest, '/hungry'))).toBe(String(64 * 1024 * 1024));
      expect(body(await ask(guest, '/visits'))).toBe('1');
    });

    it('says what main printed with the first answer, or with each when it runs for each', async () => {
      const talking = await kit.load({ vars: { TALK: '1' } });
      const said = [await ask(talking, '/hello'), await ask(talking, '/hello')].map(
        ({ stderr }) => `${Buffer.from(stderr)}`,
      );
      expect(said).toEqual(['in main\n', form === 'prepared' ? '' : 'in main\n']);
    });

    it('refuses input that is no request', async () => {
      const result = await ask(guest, '/hello', { method: 'NO METHOD' });
      expect(refused(result)).toBe('Exited with code 1');
      expect(Buffer.from(result.stderr).toString()).toContain('worker: cannot make a request');
    });
  });
});

describe('the sources of the Go kit', () => {
  it.each([{ GOOS: 'wasip1', GOARCH: 'wasm' }, {}])('pass go vet with %o', async (env) => {
    const toolchain = await goToolchain();
    const cwd = path.join(CHECKOUT, 'runtime/kits/go');
    await toolchain.run(['go', 'vet', '.'], { cwd, writable: [], env });
  });
});

describe('the Go kit, under the path that it had in Wasm Workers Server', () => {
  it('serves a program as it was written for that', async () => {
    const kit = new KitProbe(await upstreamProgram());
    const result = answered(await ask(await kit.load(), '/', { params: { id: '7' }, kv: { counter: '1' } }));
    expect(`${Buffer.from(result.body)}`).toBe('7 2');
    expect({ ...result.kv }).toEqual({ counter: '2' });
    expect({ ...result.headers }).toEqual({ 'X-Generated-By': 'wasm-workers-server' });
  });
});

describe('the Go kit, prepared', () => {
  it('is refused requests to others before there is one to it', async () => {
    const kit = new KitProbe(await probe('go', 'prepared'));
    const { stderr } = await ask(await kit.load({ vars: EARLY }), '/hello');
    expect(Buffer.from(stderr).toString()).toContain(
      'Requests can be sent while a request is handled, not before',
    );
  });
});
