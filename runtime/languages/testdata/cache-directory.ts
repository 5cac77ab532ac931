import os from 'node:os';
import path from 'node:path';

/** Where everything that is big and slow to make for tests is kept between runs: outside the checkout. */
export function cacheDirectory(): string {
  const { WWS_CACHE, XDG_CACHE_HOME } = process.env;
  return path.resolve(WWS_CACHE ?? path.join(XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'), 'wws'));
}
