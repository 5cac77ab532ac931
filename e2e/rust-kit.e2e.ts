import { beforeAll, describe, expect, it } from 'vitest';
import { NO_REQUESTS } from '#runtime/outbound/http-policy.ts';
import type { ModuleGuest } from '#runtime/worker/module-guest.ts';
import { answered, body, refused } from '#runtime/worker/testdata/asking.ts';
import { AnsweringHost, ask, describeKit, KitProbe } from './harness/kit.contract.ts';
import { probe } from './harness/kit-workers.ts';

describeKit('Rust kit', () => probe('rust', 'command'));

describe('the Rust kit', () => {
  let kit: KitProbe;
  let guest: ModuleGuest;

  beforeAll(async () => {
    kit = new KitProbe(await probe('rust', 'command'));
    guest = await kit.load();
  });

  it('keeps its instance', () => {
    expect(guest.rung).toBe('kept');
  });

  it('answers 500 when the handler fails, keeps K/V as it was and says why in the log', async () => {
    const result = await ask(guest, '/error', { kv: { a: '1' } });
    const { status, kv } = answered(result);
    expect([status, { ...kv }]).toEqual([500, { a: '1' }]);
    expect(body(result)).toBe('There was an error running the handler');
    expect(Buffer.from(result.stderr).toString()).toMatch(/^Error: not today/);
  });

  it('names the line of a panic', async () => {
    const { stderr } = await ask(guest, '/fail');
    expect(Buffer.from(stderr).toString()).toMatch(/panicked at src\/bin\/probe\.rs:\d+:\d+:\nout of order/);
  });

  it('sends no request with a verb that the host does not know', async () => {
    const sender = await kit.load({ http: { ...NO_REQUESTS, allowedHosts: ['a.test'] } });
    const host = new AnsweringHost();
    expect(body(await ask(sender, '/trace', {}, host))).toBe('error 0: the method "TRACE" cannot be sent');
    expect(host.requests).toEqual([]);
  });

  it('takes a request without parameters, as the first versions of wws sent it', async () => {
    const old = { ...{ params: undefined as unknown as Record<string, string> } };
    expect(body(await ask(guest, '/env', old))).toBe('good day');
  });

  it('refuses input that is no request', async () => {
    const result = await ask(guest, '/hello', { method: 'NO METHOD' });
    expect(refused(result)).toBe('Exited with code 1');
    expect(Buffer.from(result.stderr).toString()).toBe(
      'worker: cannot make a request: invalid HTTP method\n',
    );
  });
});
