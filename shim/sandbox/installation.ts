import { existsSync } from 'node:fs';
import path from 'node:path';

/** Where a sandbox finds what it is made of. */
export interface Installation {
  /** Script of the spawner thread. */
  readonly spawner: string;
  /** The tree that becomes a container's `/`. */
  readonly runtimeRoot: string;
  /** The runtime's script, as seen in that tree. */
  readonly runtimeScript: string;
}

/** The files beside this program when it is installed, those of the checkout when it runs from sources. */
export function locateInstallation(): Installation {
  const here = import.meta.dirname;
  const bundled = path.join(here, 'spawner.cjs');
  const runtimeScript = '/rt/container.cjs';
  return existsSync(bundled)
    ? { spawner: bundled, runtimeRoot: path.join(here, 'root'), runtimeScript }
    : {
        spawner: path.join(here, 'spawner.ts'),
        runtimeRoot: path.join(here, '../../dist/root'),
        runtimeScript,
      };
}
