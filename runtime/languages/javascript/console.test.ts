import { describe, expect, it } from 'vitest';
import { loadWorkerText, request, shown } from './worker-fixture.ts';

describe('console', () => {
  const printed = async (statements: string) => {
    const guest = await loadWorkerText(`export default () => { ${statements}; return new Response(''); };`);
    return shown(guest.handle(request())).stderr;
  };

  it('prints all arguments of every method in order', async () => {
    expect(
      await printed(`console.log('a', 1, true, null, undefined, 10n, Symbol('s')); console.error('b'); console.warn('c');
        console.info('d'); console.debug('e'); console.log(); console.assert(true, 'x'); console.assert(false, 'f');
        console.count(); console.count(); console.dir({ g: 1 });`),
    ).toBe(
      'a 1 true null undefined 10n Symbol(s)\nb\nc\nd\ne\n\nAssertion failed: f\ndefault: 1\ndefault: 2\n{ g: 1 }\n',
    );
  });

  it('shows what objects hold, without running their code', async () => {
    expect(
      await printed(`
        class Point { x = 1; get y() { throw new Error('ran'); } }
        const circle = { name: 'c', 'a-b': [1, 'two', { deep: [[[[]]]] }] };
        circle.self = circle;
        console.log(circle, new Point(), new Map([['k', { v: 1 }]]), new Set([1]), [undefined, null, -0]);
        console.log({ get g() { throw new Error('ran'); } }, function f() {}, new Date(0), /x/g, new Uint8Array(3));
        console.log(Object.create(null), new Array(200).fill(0).length, new Proxy({}, { ownKeys() { throw 1; } }), []);`),
    ).toBe(
      '{ name: c, "a-b": [ 1, "two", { deep: [ [ [Object] ] ] } ], self: [Circular] } '.replace(
        'name: c',
        'name: "c"',
      ) +
        'Point { x: 1 } Map(1) { "k" => { v: 1 } } Set(1) { 1 } [ undefined, null, -0 ]\n' +
        '{ g: [Getter] } [Function: f] 1970-01-01T00:00:00.000Z /x/g Uint8Array(3) [ 0, 0, 0 ]\n' +
        'null {} 200 [a value that cannot be shown] []\n',
    );
  });

  it('knows format directives', async () => {
    expect(
      await printed(
        `console.log('%s is %d%% of %o', 'x', '5', { a: 'b' }, 'rest'); console.log('100%', 'x %s');`,
      ),
    ).toBe('x is 5% of { a: "b" } rest\n100% x %s\n');
  });

  it('prints errors with their stacks', async () => {
    expect(await printed(`console.error(new Error('oops'));`)).toMatch(
      /^Error: oops\n +at .*worker\.js:1:\d+\)\n$/,
    );
    expect(await printed(`console.trace('here');`)).toMatch(/^Trace: here\s+at .*worker\.js:1:\d+\)\n$/);
  });

  it.each([
    ['console.log("%s %s", "a")', 'a %s'],
    ['console.log("%d|%i|%f", "0x10", "7.9", "1.5x")', '16|7|1.5'],
    ['console.log("%d %i %f %d", Symbol(), {}, Symbol(), 10n)', 'NaN NaN NaN 10n'],
    ['console.log("%cred%c", "color: red", "")', 'red'],
    ['console.log("%j %O", { a: [1] }, [1])', '{"a":[1]} [ 1 ]'],
    ['const o = {}; o.o = o; console.log("%j", o)', '[a value without JSON]'],
    ['console.log("%x %", 1)', '%x % 1'],
    ['console.log(1, "%s", 2)', '1 %s 2'],
    ['console.assert(false)', 'Assertion failed'],
    ['console.assert(false, "%s!", "no")', 'Assertion failed: no!'],
    ['console.dir({ a: { b: 1 } }, { depth: 0 })', '{ a: { b: 1 } }'],
    [
      'console.count("x"); console.count("x"); console.countReset("x"); console.count("x")',
      'x: 1\nx: 2\nx: 1',
    ],
    [
      'console.countReset("none"); console.timeEnd("none")',
      'console.countReset: there is no count "none"\nconsole.timeEnd: there is no timer "none"',
    ],
    ['console.time(); console.time()', 'console.time: the timer "default" runs already'],
    [
      'console.group("g", 1); console.log("in\\nside"); console.group(); console.log("deeper"); console.groupEnd(); console.groupEnd(); console.groupEnd(); console.log("out")',
      'g 1\n  in\n  side\n    deeper\nout',
    ],
    [
      'console.table([{ a: 1, b: "x" }, { a: 22, c: [1] }])',
      '| (index) | a  | b   | c     |\n|---------|----|-----|-------|\n| 0       | 1  | "x" |       |\n| 1       | 22 |     | [ 1 ] |',
    ],
    ['console.table({ r: { a: 1, b: 2 } }, ["b"])', '| (index) | b |\n|---------|---|\n| r       | 2 |'],
    [
      'console.table(["v"]); console.table(7)',
      '| (index) | Values |\n|---------|--------|\n| 0       | "v"    |\n7',
    ],
    ['console.clear(); console.log("kept")', 'kept'],
  ])('prints for %s (console.spec.whatwg.org)', async (statement, text) => {
    expect(await printed(statement)).toBe(`${text}\n`);
  });

  it('measures time', async () => {
    expect(
      await printed(
        'console.time("t"); console.timeLog("t", { a: 1 }); console.timeEnd("t"); console.timeLog("t")',
      ),
    ).toMatch(/^t: \d+\.\d{3}ms \{ a: 1 \}\nt: \d+\.\d{3}ms\nconsole\.timeLog: there is no timer "t"\n$/);
  });
});
