/**
 * Bundles the three programs and lays out what they run from:
 *
 * ```
 * bin/    launchers, named as the programs
 * dist/   shim and wasm-image bundles; lib/ with libraries Node needs and this host lacks
 *   root/ the read-only tree that becomes a container's `/`: bin/node, its libraries, rt/ with the runtime
 * ```
 *
 * One CommonJS bundle per entry, with its code cache: an ES module entry costs tens of milliseconds at start.
 */
import { chmod, copyFile, cp, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { IMAGE_FILE, readEngine, readPrelude } from '#runtime/languages/javascript/engine-files.ts';
import { evaluatePrelude } from '#runtime/languages/javascript/evaluate-prelude.ts';
import { encodeImageFile } from '#runtime/languages/javascript/prelude-image.ts';
import { assembleRuntimeRoot, provideMissingLibraries } from '#shim/sandbox/runtime-root.ts';
import { addCodeCache, WRAPPER } from './code-cache.ts';

const here = path.join(import.meta.dirname, '..');
// Made beside the real thing and put in its place when whole: running containers keep the tree they have.
const dist = path.join(here, 'dist.new');
const root = path.join(dist, 'root');
const bin = path.join(here, 'bin');

const programs = ['wws', 'wasm-image', 'containerd-shim-wws-v1'];

const bundles: Record<string, string> = {
  'containerd-shim-wws-v1': 'shim/main.ts',
  'shim-server': 'shim/start.ts',
  spawner: 'shim/sandbox/spawner.ts',
  'wasm-image': 'image-builder/main.ts',
  'root/rt/wws': 'runtime/main.ts',
  'root/rt/container': 'runtime/container.ts',
  'root/rt/worker-thread': 'runtime/worker/thread.ts',
  'root/rt/command-thread': 'runtime/command/thread.ts',
  'root/rt/kv-thread': 'runtime/kv/file-thread.ts',
  'root/rt/redis-store': 'runtime/kv/redis-store.ts',
  'root/rt/outbound': 'runtime/outbound/outbound-http.ts',
};

await rm(dist, { recursive: true, force: true });
await mkdir(bin, { recursive: true });

await assembleRuntimeRoot({ root, node: process.execPath });
await provideMissingLibraries(path.join(dist, 'lib'), process.execPath);

await build({
  absWorkingDir: here,
  entryPoints: Object.entries(bundles).map(([out, source]) => ({ in: source, out })),
  outdir: dist,
  outExtension: { '.js': '.bundle' },
  banner: { js: WRAPPER.banner },
  footer: { js: WRAPPER.footer },
  bundle: true,
  platform: 'node',
  target: 'node26',
  format: 'cjs',
  minifySyntax: true,
  legalComments: 'none',
  logLevel: 'warning',
  define: { 'import.meta.dirname': '__dirname' },
});

for (const name of Object.keys(bundles)) await addCodeCache(path.join(dist, name));

const engine = readEngine();
const image = evaluatePrelude(await WebAssembly.compile(engine), readPrelude());
await writeFile(path.join(root, 'rt', IMAGE_FILE), encodeImageFile({ engine, image }));

await cp(path.join(here, 'runtime/languages/python/python-prelude'), path.join(root, 'rt/python-prelude'), {
  recursive: true,
});
await cp(path.join(here, 'runtime/panel/page'), path.join(root, 'rt/page'), { recursive: true });
await cp(path.join(here, 'runtime/languages/ruby/ruby-boot'), path.join(root, 'rt/ruby-boot'), {
  recursive: true,
});
await cp(path.join(here, 'runtime/runtimes/repository'), path.join(root, 'rt/repository'), {
  recursive: true,
});

for (const program of programs) {
  await copyFile(path.join(here, 'docker/launcher.sh'), path.join(bin, program));
  await chmod(path.join(bin, program), 0o755);
}

const old = path.join(here, 'dist.old');
await rm(old, { recursive: true, force: true });
await rename(path.join(here, 'dist'), old).catch((error: NodeJS.ErrnoException) => {
  if (error.code !== 'ENOENT') throw error;
});
await rename(dist, path.join(here, 'dist'));
await rm(old, { recursive: true, force: true });
