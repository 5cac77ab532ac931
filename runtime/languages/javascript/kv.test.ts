import { describe, expect, it } from 'vitest';
import { MemoryStore } from '#runtime/kv/memory-store.ts';
import type { KvOperation } from '#runtime/kv/operation.ts';
import type { GuestResult } from '#runtime/worker/guest.ts';
import type { HostCalls } from '#runtime/worker/host-calls.ts';
import { NO_HOST } from '#runtime/worker/testdata/asking.ts';
import { loadWorkerGuest, request } from './worker-fixture.ts';

const BOUNDS = { keys: 100, bytes: 10_000, keyBytes: 100, valueBytes: 1_000 };

/** A host with a namespace of its own, and what was asked of it. */
function host(entries: Readonly<Record<string, string>> = {}) {
  const store = new MemoryStore();
  store.write('n', { type: 'replace', entries, keep: [] }, BOUNDS);
  const calls: HostCalls = {
    call: async (_service, operation) =>
      (await store.operate('n', operation as unknown as KvOperation, BOUNDS)) as never,
    after: NO_HOST.after,
  };
  return { calls, contents: () => ({ ...store.read('n', BOUNDS) }) };
}

async function answer(
  expression: string,
  { calls }: { readonly calls: HostCalls },
  kv: Readonly<Record<string, string>> = {},
): Promise<GuestResult> {
  const guest = await loadWorkerGuest(
    `export default async () => Response.json({ value: await (${expression}) });`,
  );
  return await guest.handle(request({ kv }), calls);
}

async function value(...args: Parameters<typeof answer>): Promise<unknown> {
  const result = await answer(...args);
  if (!result.ok) throw new Error(`${result.reason} ${Buffer.from(result.stderr)}`);
  return (JSON.parse(Buffer.from(result.response.body).toString()) as { value: unknown }).value;
}

describe('KV', () => {
  it('puts, gets and deletes entries of the store itself', async () => {
    const own = host({ a: '1', json: '{"x":[1]}' });
    expect(
      await value(
        `(async () => [
          await KV.get('a'), await KV.get('none'), await KV.get('json', 'json'),
          await KV.put('b', 2), await KV.get('b'), await KV.delete('a'), await KV.delete('a'), await KV.get('a'),
        ])()`,
        own,
      ),
    ).toEqual(['1', null, { x: [1] }, null, '2', true, false, null]);
    expect(own.contents()).toEqual({ b: '2', json: '{"x":[1]}' });
  });

  it('lists names in order, by prefix, page by page', async () => {
    const own = host({ 'a:2': '', 'a:1': '', 'a:3': '', b: '' });
    expect(
      await value(
        `(async () => {
          const first = await KV.list({ prefix: 'a:', limit: 2 });
          return [first, await KV.list({ prefix: 'a:', limit: 2, cursor: first.cursor })];
        })()`,
        own,
      ),
    ).toEqual([
      { keys: [{ name: 'a:1' }, { name: 'a:2' }], list_complete: false, cursor: 'a:2' },
      { keys: [{ name: 'a:3' }], list_complete: true },
    ]);
  });

  it('increments, and sets what is as expected', async () => {
    const own = host({ n: '40' });
    expect(
      await value(
        `(async () => [
          await KV.increment('n'), await KV.increment('n', 1), await KV.increment('new', -3),
          await KV.compareAndSet('lock', null, 'mine'), await KV.compareAndSet('lock', null, 'too late'),
          await KV.compareAndSet('lock', 'mine', null), await KV.get('lock'),
        ])()`,
        own,
      ),
    ).toEqual([41, 42, -3, true, false, true, null]);
  });

  it.each([
    ["KV.put('a', {})", 'KV stores text'],
    ["KV.increment('a', 0.5)", 'expects a whole number'],
    ["KV.increment('text')", 'its value is no whole number'],
    ["KV.put('a', 'x'.repeat(20_000))", 'may hold 10000 bytes'],
  ])('rejects %s where the worker can catch it', async (expression, reason) => {
    const own = host({ text: 'abc' });
    const caught = await value(`${expression}.catch((error) => 'caught ' + error.message)`, own);
    expect(caught).toContain('caught ');
    expect(caught).toContain(reason);
    expect(own.contents()).toEqual({ text: 'abc' });
  });

  it('cannot be led to another operation by functions that a worker replaces', async () => {
    const own = host({ a: '1' });
    const tampered = `(async () => {
      JSON.stringify = () => '{"type":"flushAll","key":"a","namespace":"other"}';
      return await KV.get('a').catch((error) => error.message);
    })()`;
    // The answer itself goes through the function that was replaced.
    const result = await answer(tampered, own);
    expect(result.ok && Buffer.from(result.response.body).toString()).toContain('flushAll');
    expect(own.contents()).toEqual({ a: '1' });
  });
});

describe('Cache beside KV', () => {
  const kv = { a: '1', b: '2' };

  async function given(body: string): Promise<GuestResult> {
    return await answer(`(async () => { ${body} })()`, host(kv), kv);
  }

  it('deletes and lists its own copy', async () => {
    const listed = `Cache.set('c', 3); return [Cache.delete('a'), Cache.delete('a'), Cache.keys(), Cache.list({ prefix: 'c' })];`;
    expect(await value(`(async () => { ${listed} })()`, host(kv), kv)).toEqual([
      true,
      false,
      ['b', 'c'],
      { keys: [{ name: 'c' }], list_complete: true },
    ]);
    const result = await given(`Cache.delete('a'); return 0;`);
    expect(result.ok && { ...result.response.kv }).toEqual({ b: '2' });
  });

  it('shows what KV stored in the same request', async () => {
    const body = `(async () => { const old = Cache.get('a'); await KV.put('a', 'new'); await KV.delete('b');
      return [old, Cache.get('a'), Cache.get('b') ?? null]; })()`;
    expect(await value(body, host(kv), kv)).toEqual(['1', 'new', null]);
    const unread = `(async () => { await KV.increment('a'); return Cache.get('a'); })()`;
    expect(await value(unread, host(kv), kv)).toBe('2');
  });

  it('leaves what only KV has stored out of what it gives back', async () => {
    const result = await given(`await KV.put('a', 'kv'); return 0;`);
    expect(result.ok && result.response.kv).toBeUndefined();
    const both = await given(`await KV.put('a', 'kv'); Cache.set('b', 'copy'); return 0;`);
    expect(both.ok && both.response.kvKept).toEqual(['a']);
    expect(both.ok && { ...both.response.kv }).toMatchObject({ b: 'copy' });
  });

  it('has the last word where it comes last', async () => {
    const result = await given(`await KV.put('a', 'kv'); Cache.set('a', 'copy'); return 0;`);
    expect(result.ok && result.response.kvKept).toEqual([]);
    expect(result.ok && { ...result.response.kv }).toEqual({ a: 'copy', b: '2' });
  });
});
