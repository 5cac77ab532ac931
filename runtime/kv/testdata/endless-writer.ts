import { FileStore } from '../file-store.ts';
import { snapshotOf } from '../snapshot.ts';
import { BOUNDS, PATIENCE } from './test-bounds.ts';

/** `endless-writer.ts FILE`: counts on in a file store, and prints each number once it is stored, until it is killed. */
const store = new FileStore(process.argv[2] ?? '', PATIENCE);
const found = await store.read('n', BOUNDS);
for (let count = Number(found['last'] ?? 0) + 1; ; count += 1) {
  const text = String(count);
  const set = snapshotOf([
    ['last', text],
    ['same', text],
    [`entry ${count % 50}`, 'x'.repeat(2_000)],
  ]);
  await store.write('n', { type: 'merge', set, remove: [] }, BOUNDS);
  process.stdout.write(`${count}\n`);
}
