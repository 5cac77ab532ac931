/** Names of `wasi_snapshot_preview1.rights`, in the order of their bits. */
const names = [
  'fdDatasync',
  'fdRead',
  'fdSeek',
  'fdFdstatSetFlags',
  'fdSync',
  'fdTell',
  'fdWrite',
  'fdAdvise',
  'fdAllocate',
  'pathCreateDirectory',
  'pathCreateFile',
  'pathLinkSource',
  'pathLinkTarget',
  'pathOpen',
  'fdReaddir',
  'pathReadlink',
  'pathRenameSource',
  'pathRenameTarget',
  'pathFilestatGet',
  'pathFilestatSetSize',
  'pathFilestatSetTimes',
  'fdFilestatGet',
  'fdFilestatSetSize',
  'fdFilestatSetTimes',
  'pathSymlink',
  'pathRemoveDirectory',
  'pathUnlinkFile',
  'pollFdReadwrite',
  'sockShutdown',
  'sockAccept',
] as const;

type RightName = (typeof names)[number];

/** One bit for each thing a descriptor may be used for. */
export const Right: Readonly<Record<RightName, bigint>> = Object.fromEntries(
  names.map((name, bit) => [name, 1n << BigInt(bit)]),
) as Record<RightName, bigint>;

/** Rights that mean something on a regular file. */
export const fileRights: bigint =
  Right.fdDatasync |
  Right.fdRead |
  Right.fdSeek |
  Right.fdFdstatSetFlags |
  Right.fdSync |
  Right.fdTell |
  Right.fdWrite |
  Right.fdAdvise |
  Right.fdAllocate |
  Right.fdFilestatGet |
  Right.fdFilestatSetSize |
  Right.fdFilestatSetTimes |
  Right.pollFdReadwrite;

/** Rights that mean something on a directory. */
export const directoryRights: bigint =
  Right.fdDatasync |
  Right.fdFdstatSetFlags |
  Right.fdSync |
  Right.fdAdvise |
  Right.pathCreateDirectory |
  Right.pathCreateFile |
  Right.pathLinkSource |
  Right.pathLinkTarget |
  Right.pathOpen |
  Right.fdReaddir |
  Right.pathReadlink |
  Right.pathRenameSource |
  Right.pathRenameTarget |
  Right.pathFilestatGet |
  Right.pathFilestatSetSize |
  Right.pathFilestatSetTimes |
  Right.fdFilestatGet |
  Right.fdFilestatSetTimes |
  Right.pathSymlink |
  Right.pathRemoveDirectory |
  Right.pathUnlinkFile |
  Right.pollFdReadwrite;

/**
 * What a preopened directory passes on. Read-only ones pass on the same: what they refuse is refused as
 * a read-only file system refuses it, because programs ask for more rights than they use.
 */
export const inheritedRights: bigint = fileRights | directoryRights;

/**
 * Rights of stdin, stdout and stderr, beside the direction they have: a stream has no position, which is also how
 * libc tells a terminal.
 */
export const streamRights: bigint = Right.fdFdstatSetFlags | Right.fdFilestatGet | Right.pollFdReadwrite;
