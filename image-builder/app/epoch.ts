import { ImageError } from '../errors.ts';

/** The end of year 9999: the last date RFC 3339 can write. */
const LAST = 253_402_300_799;

/**
 * The time that stands for all times in an image, in seconds since 1970: SOURCE_DATE_EPOCH
 * (reproducible-builds.org/specs/source-date-epoch), else 0.
 */
export function sourceDateEpoch(env: NodeJS.ProcessEnv): number {
  const text = env['SOURCE_DATE_EPOCH'];
  if (!text) return 0;
  const seconds = /^[0-9]{1,12}$/.test(text) ? Number(text) : Number.NaN;
  if (seconds <= LAST) return seconds;
  throw new ImageError(
    'usage',
    `Cannot use SOURCE_DATE_EPOCH "${text}": it is not a number of seconds since 1970`,
  );
}
