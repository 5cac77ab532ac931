import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const root = path.join(import.meta.dirname, '../..');

/** What each place may import from beyond itself; the longest matching place wins. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  proto: [],
  shim: ['proto/', 'runtime/contract.ts', 'package.json'],
  'shim/ttrpc': ['proto/', 'shim/errors.ts'],
  'shim/events': ['proto/', 'shim/ttrpc/', 'shim/errors.ts', 'shim/log.ts'],
  // What annotations may say is told at Create already.
  'shim/sandbox': ['proto/', 'shim/errors.ts', 'shim/log.ts', 'runtime/contract.ts', 'runtime/operator.ts'],
  runtime: ['package.json'],
  'runtime/wasi': [],
  'runtime/router': [],
  'runtime/telemetry': ['runtime/settings.ts', 'runtime/worker-limits.ts', 'runtime/listen.ts'],
  'runtime/kv': [
    'runtime/settings.ts',
    'runtime/worker-limits.ts',
    'runtime/wasi/limits.ts',
    'runtime/worker/guest.ts',
    'runtime/worker/outcome.ts',
  ],
  'runtime/panel': [
    'runtime/telemetry/telemetry.ts',
    'runtime/kv/project-store.ts',
    'runtime/server/log.ts',
    'runtime/server/served-route.ts',
    'runtime/worker/guest.ts',
    'runtime/worker-limits.ts',
    'runtime/operator.ts',
    'runtime/listen.ts',
  ],
  'runtime/project': [
    'runtime/router/',
    'runtime/settings.ts',
    'runtime/operator.ts',
    'runtime/quantity.ts',
    'runtime/worker-limits.ts',
    'runtime/outbound/http-policy.ts',
    'runtime/kv/store-url.ts',
    'runtime/languages/interpreter.ts',
    'runtime/wasi/filesystem.ts',
    'runtime/wasi/limits.ts',
    'runtime/wasi/preopen.ts',
    'runtime/worker/guest.ts',
    'runtime/system-reason.ts',
  ],
  'runtime/languages': [
    'runtime/wasi/',
    'runtime/worker/guest.ts',
    'runtime/worker/host-calls.ts',
    'runtime/worker/source-file.ts',
    'runtime/worker/envelope.ts',
    'runtime/worker/exchange.ts',
    'runtime/worker/parse-json.ts',
    'runtime/worker/testdata/',
    'runtime/kv/operation.ts',
    'runtime/outbound/check-request.ts',
    'runtime/outbound/http-policy.ts',
    'runtime/outbound/message.ts',
    'runtime/settings.ts',
    'runtime/worker-limits.ts',
    'runtime/system-reason.ts',
  ],
  // An interpreter is a module like a compiled worker, only not the worker's own file.
  'runtime/languages/interpreted': [
    'runtime/languages/',
    'runtime/wasi/',
    'runtime/worker/guest.ts',
    'runtime/worker/module-guest.ts',
    'runtime/system-reason.ts',
  ],
  'runtime/languages/testdata': ['runtime/'],
  'image-builder': ['package.json'],
  'image-builder/image': ['image-builder/errors.ts'],
  'image-builder/tar': ['image-builder/errors.ts'],
  'image-builder/layer': ['image-builder/errors.ts', 'image-builder/image/', 'image-builder/tar/'],
  'image-builder/store': [
    'image-builder/errors.ts',
    'image-builder/image/',
    'image-builder/layer/',
    'image-builder/tar/',
  ],
  'image-builder/engine': ['proto/', 'image-builder/errors.ts', 'image-builder/image/'],
  'image-builder/testing': ['image-builder/', 'proto/'],
  'image-builder/app': [
    'runtime/project/',
    'runtime/router/',
    // Which arguments of an image change its routes.
    'runtime/serve-args.ts',
    // Whether a compiled worker will load: what it imports against what there is.
    'runtime/wasi/compile.ts',
    'runtime/wasi/link.ts',
    'runtime/wasi/host.ts',
    'runtime/wasi/preview1-names.ts',
    'runtime/worker/module-entry.ts',
    'runtime/worker/module-imports.ts',
    'image-builder/errors.ts',
    'image-builder/image/',
    'image-builder/layer/',
    'image-builder/store/',
  ],
  e2e: ['proto/', 'shim/', 'runtime/', 'image-builder/', 'bench/', 'package.json'],
  bench: ['e2e/harness/', 'proto/', 'shim/', 'runtime/', 'image-builder/', 'package.json'],
};

const sources = globSync('{proto,shim,runtime,image-builder,e2e,bench}/**/*.ts', { cwd: root }).filter(
  (file) => !file.startsWith('proto/gen/'),
);

/** Files of this project that `file` imports, as paths from the root; types count as well. */
function importsOf(file: string): readonly string[] {
  const text = readFileSync(path.join(root, file), 'utf8');
  return [...text.matchAll(/(?:from|import\()\s*'([.#][^']*)'/g)].map(([, specifier = '']) =>
    specifier.startsWith('#') ? specifier.slice(1) : path.join(path.dirname(file), specifier),
  );
}

function ruleFor(file: string): { readonly place: string; readonly may: readonly string[] } {
  const place = Object.keys(allowed)
    .filter((candidate) => file.startsWith(`${candidate}/`))
    .sort((a, b) => b.length - a.length)[0];
  const may = place === undefined ? undefined : allowed[place];
  if (place === undefined || may === undefined)
    throw new Error(`Cannot judge "${file}": no rule for its folder`);
  return { place, may };
}

/** Areas without a rule of their own for the folder may import within the whole area. */
function isAllowed(file: string, target: string): boolean {
  // A test puts together what its area has.
  if (file.endsWith('.test.ts') && target.split('/')[0] === file.split('/')[0]) return true;
  const { place, may } = ruleFor(file);
  if (target.startsWith(`${place}/`)) return true;
  return may.some((prefix) => target.startsWith(prefix));
}

describe('the tree', () => {
  it('has sources to judge', () => {
    expect(sources.length).toBeGreaterThan(20);
  });

  it('imports only in the directions the layout allows', () => {
    const wrong = sources.flatMap((file) =>
      importsOf(file)
        .filter((target) => !isAllowed(file, target))
        .map((target) => `${file} -> ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it('crosses areas by alias, never by a relative path', () => {
    const wrong = sources.flatMap((file) => {
      const text = readFileSync(path.join(root, file), 'utf8');
      return [...text.matchAll(/from\s*'(\.[^']*)'/g)]
        .map(([, specifier = '']) => specifier)
        .filter((specifier) => {
          const [area = ''] = path.join(path.dirname(file), specifier).split('/');
          return area !== file.split('/')[0] && area !== 'package.json';
        })
        .map((specifier) => `${file} -> ${specifier}`);
    });
    expect(wrong).toEqual([]);
  });

  it('has no import cycle', () => {
    const state = new Map<string, 'open' | 'done'>();
    const cycles: string[] = [];
    const visit = (file: string, trail: readonly string[]): void => {
      if (state.get(file) === 'done') return;
      if (state.get(file) === 'open') {
        cycles.push([...trail.slice(trail.indexOf(file)), file].join(' -> '));
        return;
      }
      state.set(file, 'open');
      for (const target of importsOf(file)) if (sources.includes(target)) visit(target, [...trail, file]);
      state.set(file, 'done');
    };
    for (const file of sources) visit(file, []);
    expect(cycles).toEqual([]);
  });
});
