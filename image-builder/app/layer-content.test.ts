import { expect, it } from 'vitest';
import { type CountedEntry, LayerTally } from './layer-content.ts';

function file(path: string, size: number): CountedEntry {
  return { path, kind: 'file', size };
}

it('LayerTally names languages and snapshots once, and the three largest files', () => {
  const tally = new LayerTally();
  const python = '.wws/runtimes/wws/python/3.12.0';
  const entries = [
    { path: python, kind: 'directory' as const },
    file(`${python}/python.wasm`, 30),
    file(`${python}/lib.zip`, 20),
    file('.wws/snapshots/1f3a.image', 40),
    file('a.js', 1),
    file('b.js', 25),
    { path: 'c', kind: 'link' as const },
    { path: '.wh.d', kind: 'deletion' as const },
  ];
  for (const entry of entries) tally.add(entry);
  expect(tally.content).toEqual({
    files: 5,
    bytes: 116,
    deletions: 1,
    holds: ['python 3.12.0', 'snapshot 1f3a.image'],
    largest: [
      { path: '.wws/snapshots/1f3a.image', bytes: 40 },
      { path: `${python}/python.wasm`, bytes: 30 },
      { path: 'b.js', bytes: 25 },
    ],
  });
});
