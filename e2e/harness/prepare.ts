/**
 * Fetches what the tests and the demo need from Debian and npm into the cache:
 *
 * ```
 * node e2e/harness/prepare.ts demo   containerd and runc of this machine's release, unpacked, not installed
 * node e2e/harness/prepare.ts test   that, trees of two more releases, the tools tests are built with, interpreters,
 *                                      workers of the kits for Rust and Go
 * ```
 */
import { cachedRuntime, TEST_INTERPRETERS } from '#runtime/languages/testdata/interpreters.ts';
import { install } from './debian.ts';
import { buildTestWorkers } from './kit-workers.ts';
import { progress } from './progress.ts';
import { debianTree, describe, hostTree } from './trees.ts';

/** Compilers for test workers, the tool that makes trees, a load generator, an independent judge of images; `ip`, `kill`; certificates; Redis; `curl`, which READMEs show; a browser. */
const TOOLS = [
  'debootstrap',
  'clang',
  'lld',
  'wasi-libc',
  'libclang-rt-dev-wasm32',
  'wrk',
  'skopeo',
  'iproute2',
  'procps',
  'openssl',
  'redis-tools',
  'curl',
  'chromium',
] as const;

async function prepare(what: string | undefined): Promise<void> {
  if (what !== 'demo' && what !== 'test') {
    throw new Error(`Cannot prepare "${what ?? ''}": say "demo" or "test"`);
  }
  if (process.getuid?.() !== 0) throw new Error(`Cannot prepare "${what}": containers need root`);
  const host = await hostTree();
  if (what === 'demo') return;
  await install(TOOLS);
  for (const name of TEST_INTERPRETERS) progress((await cachedRuntime(name)).place);
  await buildTestWorkers();
  for (const tree of [host, await debianTree('trixie'), await debianTree('forky')]) {
    progress(await describe(tree));
  }
}

try {
  await prepare(process.argv[2]);
} catch (error) {
  for (let cause = error; cause instanceof Error; cause = cause.cause) progress(cause.message);
  process.exitCode = 1;
}
