import { type Installation, locateInstallation } from './installation.ts';
import { SpawnerPool } from './spawner-pool.ts';
import { closeOnExecFrom, forbidDumps } from './sys.ts';

const pools = new Map<string, SpawnerPool>();

/**
 * To be called once when a shim server starts: no descriptor it has inherited reaches a container, no other
 * process reads its memory, and a spawner thread boots while the first request is on its way.
 */
export function prepareForSandboxes(installation: Installation = locateInstallation()): void {
  forbidDumps();
  closeOnExecFrom(3);
  spawnersOf(installation).park();
}

/** The threads of this process that run `installation.spawner`. */
export function spawnersOf(installation: Installation): SpawnerPool {
  const known = pools.get(installation.spawner);
  if (known !== undefined) return known;
  const pool = new SpawnerPool(installation.spawner);
  pools.set(installation.spawner, pool);
  return pool;
}
