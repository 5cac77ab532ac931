import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Limits } from '#runtime/settings.ts';
import { MemoryStore } from './memory-store.ts';
import { ProjectStore } from './project-store.ts';
import type { RedisStore } from './redis-store.ts';
import type { Store } from './store.ts';
import type { RedisTarget, StoreTarget } from './store-url.ts';

type StoreLimits = Pick<Limits, 'kvKeyBytes' | 'kvMs' | 'kvSteps'>;

/** Opens a store for a project; whether it is there shows with the first step. `say` is told when that changes. */
export async function openStore(
  target: StoreTarget,
  limits: StoreLimits,
  say: (line: string) => void,
): Promise<ProjectStore> {
  return new ProjectStore(await engineOf(target, limits), limits, say);
}

/** Only the engine that is asked for is loaded. */
async function engineOf(target: StoreTarget, limits: StoreLimits): Promise<Store> {
  const patience = { stepMs: limits.kvMs, steps: limits.kvSteps };
  switch (target.kind) {
    case 'memory':
      return new MemoryStore();
    case 'file': {
      const { FileStore } = await import('./file-store.ts');
      return new FileStore(target.path, patience);
    }
    case 'redis':
      return new (await loadRedis())(target, patience);
  }
}

type RedisStoreClass = new (target: RedisTarget, patience: { stepMs: number; steps: number }) => RedisStore;

/** A bundle of its own, beside ours: most of it is the client, and few processes need that. */
async function loadRedis(): Promise<RedisStoreClass> {
  const bundle = path.join(import.meta.dirname, 'redis-store.cjs');
  if (!existsSync(bundle)) {
    const source = './redis-store.ts';
    return ((await import(source)) as { RedisStore: RedisStoreClass }).RedisStore;
  }
  const loaded = (await import(pathToFileURL(bundle).href)) as { default: { RedisStore: RedisStoreClass } };
  return loaded.default.RedisStore;
}
