import { expect, it } from 'vitest';
import { guestSpec } from '#runtime/worker/testdata/guest-spec.ts';
import { storeWarnings } from './store-warnings.ts';

const kv = (consistency: 'snapshot' | 'serial') => ({ namespace: 'n', consistency });

it('storeWarnings() tells of a worker that writes beside those which take turns', () => {
  const serial = guestSpec({ file: '/a.js', kv: kv('serial') });
  const snapshot = guestSpec({ file: '/b.js', kv: kv('snapshot') });
  const other = guestSpec({ file: '/c.js', kv: { namespace: 'other', consistency: 'snapshot' } });
  expect(storeWarnings([serial, snapshot, other], undefined)).toEqual([
    'In worker "b.js": writes to K/V namespace "n" without a turn, so that writes of "a.js" may be lost',
  ]);
  expect(storeWarnings([serial, serial], undefined)).toEqual([]);
});

it('storeWarnings() tells of a worker that can read and write the file of the store', () => {
  const folders = [{ guestPath: '/data', hostPath: '/volume', writable: true }];
  const spec = guestSpec({ file: '/a.js', folders });
  expect(storeWarnings([spec], '/volume/deep/kv.db')).toEqual([
    'In worker "a.js": its folder "/data" holds the K/V store of all workers',
  ]);
  expect(storeWarnings([spec], '/volume2/kv.db')).toEqual([]);
});
