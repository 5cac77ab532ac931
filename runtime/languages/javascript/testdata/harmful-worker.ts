/**
 * A worker that answers `/count` with the state it finds and does harm at the other paths. At `/before/x` it asks
 * the host, and waits, before it does `x`; at `/after/x` afterwards.
 */
export const HARMFUL = `
  let count = 0;
  const kept = [];
  const harm = {
    count() {},
    prototype() {
      Array.prototype.x = 1;
      Object.prototype.polluted = 'yes';
      Promise.prototype.then = () => {};
      JSON.parse = () => ({});
      globalThis.Response = class {};
      delete globalThis.Headers;
      Object.freeze(globalThis);
    },
    throw() { throw new Error('on purpose'); },
    deep() { (function f() { f(); })(); },
    deepNative() { JSON.parse('['.repeat(200000)); },
    deepMap() { (function f() { [1].map(f); })(); },
    memory() { for (;;) kept.push(new Uint8Array(1000000).fill(1)); },
    memoryCaught() { try { for (;;) kept.push('x'.repeat(1000000) + kept.length); } catch {} },
    objects() { let list; for (;;) list = { list }; },
    grow() { kept.push(new Uint8Array(300000).fill(7)); },
    jobs() { for (let i = 0; i < 1000; i++) Promise.resolve(i).then((n) => kept.push(n)); },
    pending() { return new Promise(() => {}); },
    spin() { for (;;) kept.length = 0; },
  };
  export default async (request) => {
    count++;
    const before = [count, kept.length, [].x, {}.polluted].join();
    const [what, when] = new URL(request.url).pathname.split('/').reverse();
    if (when === 'before') kept.push(await fetch('https://a.test/'));
    await harm[what]();
    if (when === 'after') await fetch('https://a.test/');
    return new (typeof Headers === 'function' ? Response : Object)(before);
  };`;

/** What it finds that nobody has asked before. */
export const UNTOUCHED = '1,0,,';

/** Kinds of harm that end by themselves. */
export const HARMS: Readonly<Record<string, string>> = {
  prototype: 'prototypes and globals were changed',
  throw: 'the handler threw',
  deep: 'it recursed without end',
  deepNative: "it recursed in the engine's own parser",
  deepMap: 'it recursed through native functions',
  memory: 'it ran out of memory',
  memoryCaught: 'it ran out of memory and went on',
  objects: 'it ran out of memory by small objects',
  grow: 'its memory grew a little',
  jobs: 'it left a thousand promises',
  pending: 'it never settled',
};
