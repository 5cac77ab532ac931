import { type BigIntStats, realpath, stat } from 'node:fs';

/** What tells whether a file, as it is, is the one that was seen before. */
export interface FileStatus {
  /** Differs from that of any other file, and from its own after a change. */
  readonly identity: string;
  /** When it changed last, in milliseconds since 1970. */
  readonly changed: number;
}

const NANOSECONDS_PER_MILLISECOND = 1_000_000n;

/** No such file, no directory on the way, too long a name, too many links, no right, a socket. */
const ABSENT: ReadonlySet<string> = new Set([
  'ENOENT',
  'ENOTDIR',
  'ENAMETOOLONG',
  'ELOOP',
  'EACCES',
  'ENXIO',
]);

export function statusOf({ dev, ino, mode, size, mtimeNs, ctimeNs }: BigIntStats): FileStatus {
  return {
    identity: `${dev} ${ino} ${mode} ${size} ${mtimeNs} ${ctimeNs}`,
    changed: Number(ctimeNs / NANOSECONDS_PER_MILLISECOND),
  };
}

/** Of what has this name now, whatever it is and wherever it lies; undefined when nothing has it. */
export function statusAt(name: string): Promise<FileStatus | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<FileStatus | undefined>();
  // Not the promise of node:fs, which costs twice as much.
  stat(name, { bigint: true }, (error, status) => {
    if (error === null) resolve(statusOf(status));
    else if (isAbsence(error)) resolve(undefined);
    else reject(error);
  });
  return promise;
}

/** Where this name leads, all links followed; undefined when it leads nowhere. */
export function placeOf(name: string): Promise<string | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<string | undefined>();
  realpath.native(name, (error, place) => {
    if (error === null) resolve(place);
    else if (isAbsence(error)) resolve(undefined);
    else reject(error);
  });
  return promise;
}

/** Whether an error says that there is nothing to be had by this name. */
export function isAbsence(error: unknown): boolean {
  return ABSENT.has((error as NodeJS.ErrnoException).code ?? '');
}
