/** Marks a deletion, image-spec layer.md#whiteouts. */
export const WHITEOUT_PREFIX = '.wh.';

const OPAQUE = '.wh..wh..opq';
/** Bookkeeping of the old AUFS driver, which means nothing to anybody else. */
const AUFS_PREFIX = '.wh..wh.';

export type Whiteout =
  /** Everything lower layers put into the directory that holds it is gone. */
  | { readonly kind: 'opaque' }
  /** The sibling `name` of lower layers is gone. */
  | { readonly kind: 'one'; readonly name: string }
  | { readonly kind: 'ignored' }
  /** It pretends to delete `.`, `..` or nothing. */
  | { readonly kind: 'invalid' };

/** Reads the last component of an entry's path; `undefined` for an ordinary name. */
export function parseWhiteout(name: string): Whiteout | undefined {
  if (!name.startsWith(WHITEOUT_PREFIX)) return undefined;
  if (name === OPAQUE) return { kind: 'opaque' };
  if (name.startsWith(AUFS_PREFIX)) return { kind: 'ignored' };
  const target = name.slice(WHITEOUT_PREFIX.length);
  if (target === '' || target === '.' || target === '..') return { kind: 'invalid' };
  return { kind: 'one', name: target };
}
