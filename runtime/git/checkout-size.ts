import { SETTINGS } from '#runtime/settings.ts';
import { formatBytes } from '#runtime/wasi/limits.ts';
import { GitError } from './run-git.ts';

/** More would not be looked at when it is served. */
const MAXIMUM_FILES = SETTINGS.projectEntries.default;

/** A few kilobytes in a repository can be any size outside. */
const MAXIMUM_BYTES = 1024 ** 3;

/**
 * Looks at what git says would be checked out (`ls-tree -r -l -z`): names of trees repeat at no cost, and blobs are
 * compressed, so that a small repository may fill any disk.
 *
 * @throws GitError
 */
export function checkSize(listing: string): void {
  const entries = listing.split('\0');
  if (entries.length - 1 > MAXIMUM_FILES) throw new GitError(`it has more than ${MAXIMUM_FILES} files`);
  let bytes = 0;
  for (const entry of entries) {
    // Mode, type, object, size; then a tab and the name. A submodule has a dash for its size.
    const size = /^\d+ \w+ [\da-f]+ +(\d+)\t/.exec(entry)?.[1] ?? 0;
    bytes += Number(size);
  }
  if (bytes > MAXIMUM_BYTES) throw new GitError(`its files are larger than ${formatBytes(MAXIMUM_BYTES)}`);
}
