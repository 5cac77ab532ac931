import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { systemReason } from './system-reason.ts';

function thrown(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

it('systemReason() leaves code, call and path out', async () => {
  expect(systemReason(thrown(() => readFileSync("/no, such 'file'\n/here")))).toBe(
    'no such file or directory',
  );
  expect(systemReason(thrown(() => readFileSync('/')))).toBe('illegal operation on a directory');
  const error: unknown = await open('/proc/self/status/x').catch((reason: unknown) => reason);
  expect(systemReason(error)).toBe('not a directory');
});

it('systemReason() leaves other messages as they are', () => {
  expect(systemReason(new Error('Errors: a, open'))).toBe('Errors: a, open');
  expect(systemReason('text')).toBe('text');
});
