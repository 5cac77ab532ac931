import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Files the shim keeps in a container's bundle. Whoever reads one, perhaps after a crash or an upgrade, finds
 * the whole file or none: it is written beside its name and then renamed. All of them are small and live on
 * containerd's tmpfs, hence the synchronous calls.
 */
export const BUNDLE_FILES = {
  /** Bare socket address; containerd 1.x reloads from it and 2.x falls back on it. */
  address: 'address',
  /** `SandboxRecord` as JSON: what must be cleaned up after a shim that was killed. */
  record: 'wws-state.json',
  /** Encoded `DeleteResponse`: how the container ended. */
  exit: 'wws-exit.pb',
} as const;

export type BundleFile = keyof typeof BUNDLE_FILES;

/** Replaces a bundle file as a whole. */
export function writeBundleFile(bundle: string, file: BundleFile, content: string | Uint8Array): void {
  const target = path.join(bundle, BUNDLE_FILES[file]);
  const temporary = `${target}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, content, { mode: 0o600 });
    renameSync(temporary, target);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw cause;
  }
}

/** Content of a bundle file, or undefined when there is none. */
export function readBundleFile(bundle: string, file: BundleFile): Buffer | undefined {
  try {
    return readFileSync(path.join(bundle, BUNDLE_FILES[file]));
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR')) {
      return undefined;
    }
    throw cause;
  }
}

/** Removes a bundle file; no error when it is gone, or the whole bundle with it. */
export function removeBundleFile(bundle: string, file: BundleFile): void {
  rmSync(path.join(bundle, BUNDLE_FILES[file]), { force: true });
}
