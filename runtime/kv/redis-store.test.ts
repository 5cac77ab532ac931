import { afterAll } from 'vitest';
import { RedisStore } from './redis-store.ts';
import { describeStore } from './store.contract.ts';
import type { RedisTarget } from './store-url.ts';
import { parseStoreUrl } from './store-url.ts';
import { RedisServer } from './testdata/redis-server.ts';
import { PATIENCE } from './testdata/test-bounds.ts';

const server = await RedisServer.start();
afterAll(async () => await server[Symbol.asyncDispose]());

function target(more = 'prefix=shop'): RedisTarget {
  return parseStoreUrl(`redis://127.0.0.1:${server.port}/?${more}`) as RedisTarget;
}

describeStore('RedisStore', async () => new RedisStore(target(), PATIENCE));
