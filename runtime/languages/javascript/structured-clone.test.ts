import { describe, expect, it } from 'vitest';
import { evaluate } from './worker-fixture.ts';

describe('structuredClone', () => {
  it('copies values deeply, cycles too', async () => {
    expect(
      await evaluate(`(() => {
        const shared = { n: 1 };
        const value = { list: [1, , shared], shared, map: new Map([[shared, new Set(['x'])]]), date: new Date(5), re: /a/g,
          bytes: new Uint8Array([1, 2]), error: new TypeError('t') };
        value.self = value;
        const copy = structuredClone(value);
        const [[key, set]] = [...copy.map];
        return [copy !== value, copy.self === copy, copy.list[2] === copy.shared, copy.shared !== shared, 1 in copy.list,
          key === copy.shared, [...set], copy.date.getTime(), String(copy.re), [...copy.bytes],
          copy.bytes.buffer !== value.bytes.buffer, copy.error instanceof TypeError, copy.error.message];
      })()`),
    ).toEqual([true, true, true, true, false, true, ['x'], 5, '/a/g', [1, 2], true, true, 't']);
  });

  it('refuses functions, symbols and other things with an identity', async () => {
    expect(
      await evaluate(`[() => {}, Symbol('s'), new WeakMap(), Promise.resolve(), new Headers()].map((value) => {
        try { return structuredClone({ value }); } catch (error) { return error.name; } })`),
    ).toEqual(Array(5).fill('DataCloneError'));
  });

  it.each([
    [
      'new DataView(new ArrayBuffer(4), 1, 2)',
      '(c) => [c instanceof DataView, c.byteOffset, c.byteLength]',
      [true, 1, 2],
    ],
    [
      'new Uint16Array(new ArrayBuffer(8), 2, 2)',
      '(c) => [c.constructor.name, c.byteOffset, c.length, c.buffer.byteLength]',
      ['Uint16Array', 2, 2, 8],
    ],
    ['new (class Mine extends Uint8Array {})(2)', '(c) => [c.constructor.name, c.length]', ['Uint8Array', 2]],
    [
      '[Object(1n), Object("s"), Object(false), -0, undefined, null, 10n]',
      '(c) => c.map((v) => [typeof v, String(v), Object.is(v, -0)].join())',
      [
        'object,1,false',
        'object,s,false',
        'object,false,false',
        'number,0,true',
        'undefined,undefined,false',
        'object,null,false',
        'bigint,10,false',
      ],
    ],
    [
      'new RangeError("r", { cause: new Map([[1, 2]]) })',
      '(c) => [c instanceof RangeError, c.message, c.cause.get(1), typeof c.stack]',
      [true, 'r', 2, 'string'],
    ],
    ['Object.assign(new Error("m"), { name: "Own", extra: 1 })', '(c) => [c.name, c.extra]', ['Error', null]],
    [
      'new DOMException("m", "AbortError")',
      '(c) => [c instanceof DOMException, c.name, c.message]',
      [true, 'AbortError', 'm'],
    ],
    [
      'new Blob(["text"], { type: "a/b" })',
      '(c) => c.text().then((text) => [c.type, text])',
      ['a/b', 'text'],
    ],
    [
      'new (class Point { x = 1; get y() { return 2; } #z = 3 })',
      '(c) => [c.constructor.name, c]',
      ['Object', { x: 1 }],
    ],
    [
      '(() => { const b = new ArrayBuffer(2); return [new Uint8Array(b), new Uint8Array(b)]; })()',
      '([a, b]) => a.buffer === b.buffer',
      true,
    ],
    ['JSON.parse(\'{"__proto__":1}\')', '(c) => [Object.hasOwn(c, "__proto__"), c.__proto__]', [true, 1]],
    ['Object.assign(/a/gi, { lastIndex: 5 })', '(c) => [String(c), c.lastIndex]', ['/a/gi', 0]],
  ])('copies %s (html.spec.whatwg.org#structuredserializeinternal)', async (expression, look, expected) => {
    expect(await evaluate(`(${look})(structuredClone(${expression}))`)).toEqual(expected);
  });

  it('transfers buffers, and none when something cannot be cloned', async () => {
    expect(
      await evaluate(`(() => {
        const [a, b] = [new Uint8Array([1, 2]), new Uint8Array([3])];
        const copy = structuredClone({ a }, { transfer: [a.buffer] });
        const names = [() => structuredClone(() => {}, { transfer: [b.buffer] }), () => structuredClone(1, { transfer: [b.buffer, b.buffer] }),
          () => structuredClone(1, { transfer: [a.buffer] }), () => structuredClone(1, { transfer: [{}] }), () => structuredClone(a)]
          .map((f) => { try { return f() } catch (error) { return error.name } });
        return [[...copy.a], a.length, b.length, names];
      })()`),
    ).toEqual([[1, 2], 0, 1, Array(5).fill('DataCloneError')]);
  });

  it('throws what a getter or a proxy throws', async () => {
    expect(
      await evaluate(`[{ get x() { throw new RangeError('getter') } }, new Proxy({}, { ownKeys() { throw new RangeError('proxy') } })].map((value) => {
        try { structuredClone(value) } catch (error) { return error.message } })`),
    ).toEqual(['getter', 'proxy']);
  });
});
