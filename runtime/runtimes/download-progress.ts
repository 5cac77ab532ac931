import type { WriteStream } from 'node:tty';
import type { Progress } from './npm/tarballs.ts';

const ERASE_LINE = '\r\x1b[K';
const MEGABYTE = 1024 ** 2;

/** Shows how downloads go on: a line that changes where somebody watches, else one line for each. */
export function progressOn(stream: Pick<WriteStream, 'write' | 'isTTY'>): Progress {
  let begun = '';
  return (what, bytes, total) => {
    const size = total === undefined ? undefined : `${megabytes(total)} MB`;
    if (!stream.isTTY) {
      if (begun !== what) stream.write(`Downloading ${what}${size === undefined ? '' : ` (${size})`}\n`);
    } else {
      const isWhole = bytes === total;
      const line = `Downloading ${what}: ${megabytes(bytes)}${size === undefined ? ' MB' : ` of ${size}`}`;
      stream.write(`${ERASE_LINE}${isWhole ? '' : line}`);
    }
    begun = what;
  };
}

function megabytes(bytes: number): string {
  return (bytes / MEGABYTE).toFixed(1);
}
