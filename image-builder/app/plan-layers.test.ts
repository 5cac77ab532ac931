import { describe, expect, it } from 'vitest';
import type { LayerEntry } from '../layer/entry.ts';
import { planLayers } from './plan-layers.ts';

function entriesOf(...paths: readonly string[]): readonly LayerEntry[] {
  return paths.map((path) =>
    path.endsWith('/')
      ? { kind: 'directory', path: path.slice(0, -1) }
      : { kind: 'file', path, source: `/x/${path}`, size: 1, executable: false },
  );
}

const pathsOf = (entries: readonly LayerEntry[]): readonly (readonly string[])[] =>
  planLayers(entries).map((layer) => layer.map(({ path }) => path));

const RUNTIMES = ['.wws/', '.wws/runtimes/', '.wws/runtimes/a/', '.wws/runtimes/a/py/'];
const PARENTS = RUNTIMES.map((path) => path.slice(0, -1));

describe('planLayers()', () => {
  it('leaves an app without installed languages in one layer', () => {
    const paths = ['.wws.toml', 'index.js', 'x'];
    expect(pathsOf(entriesOf(...paths))).toEqual([paths]);
  });

  it('gives every version of a language a layer that says nothing of the app', () => {
    const [one, two] = ['.wws/runtimes/a/py/1/', '.wws/runtimes/a/py/2/'];
    const entries = entriesOf(...RUNTIMES, one, `${one}p.wasm`, two, `${two}p.wasm`, '.wws.toml', 'a.py');
    expect(pathsOf(entries)).toEqual([
      [...PARENTS, '.wws/runtimes/a/py/1', '.wws/runtimes/a/py/1/p.wasm'],
      [...PARENTS, '.wws/runtimes/a/py/2', '.wws/runtimes/a/py/2/p.wasm'],
      [...PARENTS, '.wws.toml', 'a.py'],
    ]);
  });

  it('gives every language that is kept started a layer as well', () => {
    const entries = entriesOf('.wws/', '.wws/snapshots/', '.wws/snapshots/a.image', 'a.py');
    expect(pathsOf(entries)).toEqual([
      ['.wws', '.wws/snapshots', '.wws/snapshots/a.image'],
      ['.wws', '.wws/snapshots', 'a.py'],
    ]);
  });

  it('puts what lies beside languages, and links in their place, into the app', () => {
    const entries: readonly LayerEntry[] = [
      ...entriesOf(...RUNTIMES, '.wws/runtimes/a/note'),
      { kind: 'link', path: '.wws/runtimes/b', target: 'a' },
    ];
    expect(pathsOf(entries)).toEqual([[...PARENTS, '.wws/runtimes/a/note', '.wws/runtimes/b']]);
  });

  it('does not make more layers than engines take', () => {
    const many = Array.from({ length: 300 }, (_, index) => `.wws/runtimes/a/py/${index}/`);
    const layers = planLayers(entriesOf(...RUNTIMES, ...many));
    expect(layers).toHaveLength(17);
    expect(layers.at(-1)).toHaveLength(RUNTIMES.length + 300 - 16);
  });
});
