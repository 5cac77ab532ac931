import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { KvError } from '../kv-error.ts';
import { RedisStore } from '../redis-store.ts';
import { snapshotOf } from '../snapshot.ts';
import { parseStoreUrl, type RedisTarget } from '../store-url.ts';
import { BOUNDS, PATIENCE } from './test-bounds.ts';

/**
 * `turn-holder.ts URL LEASE_MS`: takes the turn in namespace `n` and prints `taken`; writes when a line comes, and
 * prints `written`, or the code of why not.
 */
const [url = '', leaseMs = ''] = process.argv.slice(2);
const store = new RedisStore(parseStoreUrl(url) as RedisTarget, PATIENCE, Number(leaseMs));
const turn = await store.takeTurn('n');
if (turn === undefined) throw new Error('Somebody else has the turn');
process.stdout.write('taken\n');
await once(createInterface(process.stdin), 'line');
const change = { type: 'replace', entries: snapshotOf([['by', 'holder']]), keep: [] } as const;
const result = await store.write('n', change, BOUNDS, turn).then(
  () => 'written',
  (error: unknown) => (error instanceof KvError ? error.code : String(error)),
);
process.stdout.write(`${result}\n`, () => process.exit());
