import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Bounds } from './bounds.ts';
import type { KvOperation, KvReplies } from './operation.ts';
import { type Snapshot, snapshotOf } from './snapshot.ts';
import type { Store } from './store.ts';
import { BOUNDS } from './testdata/test-bounds.ts';

const KiB = 1024;

/** What every store does, whichever it is. `open` makes a new one, or opens the same one again. */
export function describeStore(name: string, open: () => Promise<Store>): void {
  describe(name, () => {
    let store: Store;
    beforeAll(async () => {
      store = await open();
    });
    afterAll(async () => {
      await store.close();
    });

    const read = async (namespace: string, bounds = BOUNDS): Promise<Snapshot> =>
      await store.read(namespace, bounds);
    const replace = async (namespace: string, entries: Snapshot, bounds = BOUNDS): Promise<void> =>
      await store.write(namespace, { type: 'replace', entries, keep: [] }, bounds);
    const merge = async (
      namespace: string,
      set: Snapshot,
      remove: readonly string[],
      bounds = BOUNDS,
    ): Promise<void> => await store.write(namespace, { type: 'merge', set, remove }, bounds);
    const operate = async <O extends KvOperation>(
      namespace: string,
      operation: O,
      bounds: Bounds = BOUNDS,
    ): Promise<KvReplies[O['type']]> => await store.operate(namespace, operation, bounds);

    describe('wws §1.2 a namespace as a whole', () => {
      it('has no entries before anyone has written', async () => {
        expect({ ...(await read(randomUUID())) }).toEqual({});
      });

      it('is replaced: what is absent is gone', async () => {
        const namespace = randomUUID();
        await replace(namespace, { a: '1', b: '2' });
        await replace(namespace, { b: '3', c: '4' });
        expect({ ...(await read(namespace)) }).toEqual({ b: '3', c: '4' });
        await replace(namespace, {});
        expect({ ...(await read(namespace)) }).toEqual({});
      });

      it('is replaced but for what is to be kept as it is', async () => {
        const namespace = randomUUID();
        await replace(namespace, { a: '1', b: '2', hits: '3' });
        const change = { type: 'replace', entries: { a: '9' }, keep: ['hits', 'no'] } as const;
        await store.write(namespace, change, { ...BOUNDS, bytes: 7, keys: 2 });
        expect({ ...(await read(namespace)) }).toEqual({ a: '9', hits: '3' });
      });

      it('can be changed in part: what is not named stays', async () => {
        const namespace = randomUUID();
        await replace(namespace, { a: '1', b: '2', c: '3' });
        await merge(namespace, { b: '9', d: '4' }, ['a', 'no']);
        expect({ ...(await read(namespace)) }).toEqual({ b: '9', c: '3', d: '4' });
      });

      it('keeps any text as it is', async () => {
        const namespace = randomUUID();
        const entries = snapshotOf([
          ['', ''],
          ['__proto__', 'not a prototype'],
          ['constructor', 'x'],
          ['ключ 🔑', '値\r\n"\\'],
          ['7', '07'],
        ]);
        await replace(namespace, entries);
        expect(Object.entries(await read(namespace)).sort()).toEqual(Object.entries(entries).sort());
      });

      it('gives out what later changes do not touch', async () => {
        const namespace = randomUUID();
        await replace(namespace, { a: '1' });
        const before = await read(namespace);
        await operate(namespace, { type: 'put', key: 'a', value: '2' });
        expect(before['a']).toBe('1');
      });
    });

    describe('one entry at a time', () => {
      it('gets, puts and deletes', async () => {
        const namespace = randomUUID();
        expect(await operate(namespace, { type: 'get', key: 'a' })).toBeNull();
        expect(await operate(namespace, { type: 'put', key: 'a', value: 'x' })).toBeNull();
        expect(await operate(namespace, { type: 'get', key: 'a' })).toBe('x');
        expect(await operate(namespace, { type: 'delete', key: 'a' })).toBe(true);
        expect(await operate(namespace, { type: 'delete', key: 'a' })).toBe(false);
        expect({ ...(await read(namespace)) }).toEqual({});
      });

      it('lists keys in order, by prefix, page by page', async () => {
        const namespace = randomUUID();
        await replace(namespace, { 'b:2': '', 'a:1': '', 'b:1': '', 'b:3': '', 'b*': '', c: '' });
        const list = async (after: string, limit = 2) =>
          await operate(namespace, { type: 'list', prefix: 'b:', limit, after });
        expect(await list('')).toEqual({ keys: ['b:1', 'b:2'], complete: false });
        expect(await list('b:2')).toEqual({ keys: ['b:3'], complete: true });
        expect(await list('', 3)).toEqual({ keys: ['b:1', 'b:2', 'b:3'], complete: true });
      });

      it('increments from nothing, by any whole number', async () => {
        const namespace = randomUUID();
        const by = async (number: number) =>
          await operate(namespace, { type: 'increment', key: 'n', by: number });
        expect(await by(5)).toBe(5);
        expect(await by(-7)).toBe(-2);
        expect(await by(2)).toBe(0);
        expect(await by(Number.MAX_SAFE_INTEGER)).toBe(Number.MAX_SAFE_INTEGER);
        expect((await read(namespace))['n']).toBe(String(Number.MAX_SAFE_INTEGER));
        await expect(by(1)).rejects.toMatchObject({
          code: 'value',
          message: 'Cannot increment "n": the sum is too large',
        });
        expect((await read(namespace))['n']).toBe(String(Number.MAX_SAFE_INTEGER));
      });

      it.each(['one', '1.5', '', ' 1', '0x10', '99999999999999999', '1e3'])(
        'does not take %j for a number',
        async (value) => {
          const namespace = randomUUID();
          await replace(namespace, { n: value });
          await expect(operate(namespace, { type: 'increment', key: 'n', by: 1 })).rejects.toMatchObject({
            code: 'value',
            message: 'Cannot increment "n": its value is no whole number',
          });
          expect((await read(namespace))['n']).toBe(value);
        },
      );

      it('sets an entry only when it is as expected, absence included', async () => {
        const namespace = randomUUID();
        const swap = async (expected: string | null, value: string | null) =>
          await operate(namespace, { type: 'compareAndSet', key: 'k', expected, value });
        expect(await swap('a', 'b')).toBe(false);
        expect(await swap(null, 'a')).toBe(true);
        expect(await swap(null, 'b')).toBe(false);
        expect(await swap('a', '')).toBe(true);
        expect(await swap(null, 'b')).toBe(false);
        expect(await swap('', 'c')).toBe(true);
        expect(await swap('b', null)).toBe(false);
        expect(await swap('c', null)).toBe(true);
        expect(await swap(null, null)).toBe(true);
        expect({ ...(await read(namespace)) }).toEqual({});
      });

      it('attack 64: loses none of 10,000 increments made at once', async () => {
        const namespace = randomUUID();
        const replies = await Promise.all(
          Array.from({ length: 10_000 }, () => operate(namespace, { type: 'increment', key: 'n', by: 1 })),
        );
        expect(new Set(replies).size).toBe(10_000);
        expect((await read(namespace))['n']).toBe('10000');
      });

      it('lets one of many writers have what none may have twice', async () => {
        const namespace = randomUUID();
        const won = await Promise.all(
          Array.from({ length: 50 }, (_, index) =>
            operate(namespace, { type: 'compareAndSet', key: 'owner', expected: null, value: String(index) }),
          ),
        );
        expect(won.filter(Boolean)).toHaveLength(1);
        expect((await read(namespace))['owner']).toBe(String(won.indexOf(true)));
      });
    });

    describe('what a namespace may hold', () => {
      const small: Bounds = { ...BOUNDS, keys: 3, bytes: 20 };

      it('attack 62: refuses what is too large and keeps what it had', async () => {
        const namespace = randomUUID();
        await replace(namespace, { a: '1', b: '2' });
        const refusal = { code: 'limit', message: `K/V namespace "${namespace}" may hold 3 keys, not 4` };
        await expect(replace(namespace, { a: '', b: '', c: '', d: '' }, small)).rejects.toMatchObject(
          refusal,
        );
        await expect(merge(namespace, { c: '', d: '' }, [], small)).rejects.toMatchObject(refusal);
        await expect(replace(namespace, { a: 'ä'.repeat(10) }, small)).rejects.toMatchObject({
          code: 'limit',
          message: `K/V namespace "${namespace}" may hold 20 bytes, not 21 bytes`,
        });
        const put = operate(namespace, { type: 'put', key: 'c', value: 'x'.repeat(16) }, small);
        await expect(put).rejects.toMatchObject({ code: 'limit' });
        expect({ ...(await read(namespace)) }).toEqual({ a: '1', b: '2' });
        await operate(namespace, { type: 'put', key: 'c', value: 'x'.repeat(15) }, small);
        const swap: KvOperation = { type: 'compareAndSet', key: 'd', expected: null, value: '' };
        await expect(operate(namespace, swap, small)).rejects.toMatchObject(refusal);
        await expect(operate(namespace, { type: 'increment', key: 'd', by: 1 }, small)).rejects.toMatchObject(
          refusal,
        );
      });

      it('attack 62: is not given out when it has become too large, and can be made smaller', async () => {
        const namespace = randomUUID();
        await replace(namespace, { a: 'x'.repeat(100), b: '', c: '', d: '' });
        await expect(read(namespace, small)).rejects.toMatchObject({ code: 'limit' });
        await expect(read(namespace, { ...small, keys: 4 })).rejects.toMatchObject({ code: 'limit' });
        await operate(namespace, { type: 'put', key: 'a', value: 'x' }, small);
        await operate(namespace, { type: 'delete', key: 'b' }, small);
        expect({ ...(await read(namespace, small)) }).toEqual({ a: 'x', c: '', d: '' });
      });

      it('counts rightly whatever was done before', async () => {
        const namespace = randomUUID();
        const exact = { ...BOUNDS, bytes: 10 };
        for (const value of ['12345', '123', '1234567']) await replace(namespace, { abc: value }, exact);
        await merge(namespace, { abc: '1' }, [], exact);
        await operate(namespace, { type: 'increment', key: 'abc', by: 9 }, exact);
        await operate(namespace, { type: 'compareAndSet', key: 'abc', expected: '10', value: null }, exact);
        await operate(namespace, { type: 'put', key: 'abcde', value: '12345' }, exact);
        await expect(operate(namespace, { type: 'put', key: 'x', value: '' }, exact)).rejects.toThrow();
        await operate(namespace, { type: 'delete', key: 'abcde' }, exact);
        await operate(namespace, { type: 'put', key: 'x', value: '123456789' }, exact);
        expect({ ...(await read(namespace, exact)) }).toEqual({ x: '123456789' });
      });

      it('attack 62: takes as many keys and bytes as workers may have', async () => {
        const namespace = randomUUID();
        const many = snapshotOf(
          Array.from({ length: 10_000 }, (_, index) => [`key ${index}`, 'v'.repeat(300)] as const),
        );
        await replace(namespace, many);
        expect(Object.keys(await read(namespace))).toHaveLength(10_000);
        await replace(namespace, { large: 'x'.repeat(KiB * KiB) });
        expect((await read(namespace))['large']).toHaveLength(KiB * KiB);
      });

      it('attack 62: takes a NUL for a character like any other', async () => {
        const namespace = randomUUID();
        await replace(namespace, { 'a\0b': 'c\0d', a: '\0' });
        await operate(namespace, { type: 'put', key: '\0', value: '' });
        expect({ ...(await read(namespace)) }).toEqual({ 'a\0b': 'c\0d', a: '\0', '\0': '' });
        expect(await operate(namespace, { type: 'get', key: 'a\0b' })).toBe('c\0d');
        expect(await operate(namespace, { type: 'delete', key: 'a' })).toBe(true);
        const all: KvOperation = { type: 'list', prefix: '', limit: 10, after: '' };
        expect(await operate(namespace, all)).toEqual({ keys: ['\0', 'a\0b'], complete: true });
      });
    });

    it.each([
      '../NS',
      'NS/../NS',
      'NS:x',
      'data:NS',
      ':NS',
      'NS*',
      "NS'; DROP TABLE entries; --",
      'ns',
      'NS\0',
    ])('attack 63: %j is a namespace of its own', async (pattern) => {
      const id = randomUUID();
      const other = pattern.replaceAll('NS', `NS${id}`);
      await replace(`NS${id}`, { secret: '1' });
      expect({ ...(await read(other)) }).toEqual({});
      await replace(other, { mine: '2' });
      await operate(other, { type: 'delete', key: 'secret' });
      expect({ ...(await read(`NS${id}`)) }).toEqual({ secret: '1' });
      expect({ ...(await read(other)) }).toEqual({ mine: '2' });
      await replace(other, {});
    });
  });
}
