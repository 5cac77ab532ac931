// Does what its query says, and tells how it finds its state, for the tests of isolation and limits.
import { existsSync, writeFileSync } from 'node:fs';

let globals = 1;
const kept = [];

const found = (env) => ({
  globals,
  builtins: 'x'.toUpperCase(),
  environment: env.MODE,
  tmp: existsSync('/tmp/left'),
});

const harms = {
  found() {},
  taint(env) {
    globals = 9;
    String.prototype.toUpperCase = () => 'spoilt';
    env.MODE = 'spoilt';
    try {
      writeFileSync('/tmp/left', 'here');
    } catch {}
  },
  loop() {
    for (;;);
  },
  recurse() {
    const deep = () => deep() + 1;
    deep();
  },
  allocate() {
    for (;;) kept.push(new Uint8Array(1 << 20).fill(1));
  },
  flood() {
    for (;;) console.log('x'.repeat(1 << 16));
  },
  never: () => new Promise(() => {}),
};

const random = () => [Math.random(), crypto.randomUUID(), crypto.getRandomValues(new Uint32Array(3)).join('-')];

export default async (request, env) => {
  const what = new URL(request.url).search.slice(1);
  if (what === 'random') return Response.json(random().map(String));
  await harms[what](env);
  return Response.json(found(env));
};
