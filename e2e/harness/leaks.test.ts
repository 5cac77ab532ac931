import { describe, expect, it } from 'vitest';
import { type Inventory, leaks } from './leaks.ts';

const EMPTY: Inventory = {
  processes: [],
  mounts: [],
  cgroups: [],
  'network namespaces': [],
  files: [],
  holdings: [],
};

describe('leaks()', () => {
  it('is empty when nothing has changed', () => {
    const inventory = { ...EMPTY, processes: ['containerd', 'containerd'], mounts: ['/run (tmpfs)'] };
    expect(leaks(inventory, inventory)).toEqual([]);
  });

  it('names what is new, with its kind', () => {
    const after = { ...EMPTY, mounts: ['/rootfs (overlay)'], files: ['/run/x (socket)'] };
    expect(leaks(EMPTY, after)).toEqual(['mounts: /rootfs (overlay)', 'files: /run/x (socket)']);
  });

  it('counts equal descriptions: a second shim with the same command line is a leak', () => {
    const before = { ...EMPTY, processes: ['shim'] };
    expect(leaks(before, { ...EMPTY, processes: ['shim', 'shim', 'shim'] })).toEqual([
      'processes: shim',
      'processes: shim',
    ]);
  });

  it('does not mind what has gone', () => {
    expect(leaks({ ...EMPTY, cgroups: ['/a', '/b'] }, { ...EMPTY, cgroups: ['/b'] })).toEqual([]);
  });

  it('sees a new network namespace among known ones', () => {
    const before = { ...EMPTY, 'network namespaces': ['net:[1]'] };
    expect(leaks(before, { ...EMPTY, 'network namespaces': ['net:[1]', 'net:[2]'] })).toEqual([
      'network namespaces: net:[2]',
    ]);
  });
});
