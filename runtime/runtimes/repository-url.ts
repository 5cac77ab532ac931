import { parsePackagePath } from './npm/package-path.ts';

/** Of the repository that wws comes with; its own files, and those of packages in npm's registry. */
export const BUILT_IN_URL = 'wws:/index.toml';

const TAKEN: ReadonlySet<string> = new Set(['file:', 'http:', 'https:', 'npm:', 'wws:']);

/**
 * What a URL in an index names. One without a scheme is relative to the index, which in a package means: another file
 * of the package. Throws an Error with the reason why it cannot be taken.
 */
export function resolveUrl(url: string, base: string): URL {
  if (!URL.canParse(base)) throw new Error(`"${base}" is no URL`);
  const { protocol: from } = new URL(base);
  const target = from === 'npm:' && !URL.canParse(url) ? besides(url, base) : parsed(url, base);
  if (!TAKEN.has(from) || !TAKEN.has(target.protocol))
    throw new Error('only https, http, file and npm URLs are taken');
  if (target.protocol === 'file:' && from !== 'file:')
    throw new Error('an index from the network cannot name files of this machine');
  return target;
}

function parsed(url: string, base: string): URL {
  if (!URL.canParse(url, base)) throw new Error('it is no URL');
  return new URL(url, base);
}

/** `npm:` URLs have no hierarchy of their own; the one of the package's files begins behind its version. */
function besides(url: string, base: string): URL {
  const whole = new URL(base).pathname;
  const { path } = parsePackagePath(whole) ?? { path: '' };
  const inside = parsed(url, `file:///${path}`);
  return new URL(
    `npm:${whole.slice(0, whole.length - path.length)}${inside.pathname.slice(1)}${inside.hash}`,
  );
}
