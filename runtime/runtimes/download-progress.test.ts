import { describe, expect, it } from 'vitest';
import { progressOn } from './download-progress.ts';

const MB = 1024 ** 2;

/** What is written while two packages come. */
function written(isTTY: boolean): string {
  const chunks: unknown[] = [];
  const progress = progressOn({ isTTY, write: (chunk: unknown) => chunks.push(chunk) > 0 });
  for (const bytes of [MB, 2 * MB, 3 * MB]) progress('a 1.0.0', bytes, 3 * MB);
  for (const bytes of [MB, 2 * MB]) progress('b 2.0.0', bytes, undefined);
  return chunks.join('');
}

describe('progressOn()', () => {
  it('tells a file or a pipe of each package once', () => {
    expect(written(false)).toBe('Downloading a 1.0.0 (3.0 MB)\nDownloading b 2.0.0\n');
  });

  it('changes one line where somebody watches, and takes it away in the end', () => {
    const lines = written(true).split('\r\x1b[K');
    expect(lines).toEqual([
      '',
      'Downloading a 1.0.0: 1.0 of 3.0 MB',
      'Downloading a 1.0.0: 2.0 of 3.0 MB',
      '',
      'Downloading b 2.0.0: 1.0 MB',
      'Downloading b 2.0.0: 2.0 MB',
    ]);
  });
});
