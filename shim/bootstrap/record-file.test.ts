import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readRecord, removeRecord, writeRecord } from './record-file.ts';

const record = {
  version: 1,
  id: 'web',
  pid: 4242,
  startTime: '123456',
  cgroupPaths: ['/sys/fs/cgroup/memory/default/web', '/sys/fs/cgroup/pids/default/web'],
} as const;

describe('readRecord()', () => {
  let bundle: string;
  beforeEach(() => {
    bundle = mkdtempSync(path.join(tmpdir(), 'bundle-'));
  });
  afterEach(() => rmSync(bundle, { recursive: true }));

  it('gives what was written, of which nothing else stays behind', () => {
    writeRecord(bundle, record);
    expect(readRecord(bundle)).toEqual(record);
    expect(readdirSync(bundle)).toEqual(['wws-state.json']);
  });

  it('gives nothing once it is removed, and removing it twice is fine', () => {
    writeRecord(bundle, record);
    removeRecord(bundle);
    removeRecord(bundle);
    expect(readRecord(bundle)).toBeUndefined();
  });

  it.each([
    ['it is no JSON', '{"version": 1'],
    ['it is no JSON object', 'null'],
    ['version 2 is unknown', JSON.stringify({ ...record, version: 2 })],
    ['its id is no string', JSON.stringify({ ...record, id: 7 })],
    ['its pid is none', JSON.stringify({ ...record, pid: 1 })],
    ['its pid is none', JSON.stringify({ ...record, pid: -4242 })],
    ['its pid is none', JSON.stringify({ ...record, pid: 4.2 })],
    ['its start time is none', JSON.stringify({ ...record, startTime: '' })],
    ['its cgroups lie outside /sys/fs/cgroup', JSON.stringify({ ...record, cgroupPaths: ['/etc'] })],
    [
      'its cgroups lie outside /sys/fs/cgroup',
      JSON.stringify({ ...record, cgroupPaths: ['/sys/fs/cgroup/../x'] }),
    ],
  ])('says that %s', (reason, text) => {
    writeFileSync(path.join(bundle, 'wws-state.json'), text);
    expect(() => readRecord(bundle)).toThrow(`Cannot use the state file of "${bundle}": ${reason}`);
  });
});
