import { expect, it } from 'vitest';
import { ImageError, type ImageErrorCode } from './errors.ts';
import { failureOf } from './exit-codes.ts';

it.each([
  ['usage', 2],
  ['app-invalid', 3],
  ['not-an-image', 3],
  ['wrong-platform', 3],
  ['not-found', 4],
  ['io', 1],
  ['engine-missing', 7],
  ['engine-denied', 7],
  ['engine-foreign', 7],
  ['engine-failed', 7],
  ['corrupt', 8],
  ['unsafe', 8],
] satisfies [ImageErrorCode, number][])('failureOf() ends with %s as %i, with a hint', (code, exitCode) => {
  const failure = failureOf(new ImageError(code, 'Cannot do it'));
  expect(failure).toMatchObject({ exitCode, message: 'Cannot do it' });
  expect(failure.hint).toMatch(/^[^\n]+$/);
});

it('failureOf() ends with 130 when it was interrupted', () => {
  expect(failureOf(AbortSignal.abort().reason)).toEqual({ exitCode: 130, message: 'Interrupted' });
});

it('failureOf() reports what failed first when giving something back failed too', () => {
  const error = new SuppressedError(new Error('lease'), new ImageError('corrupt', 'Cannot use it'));
  expect(failureOf(error)).toMatchObject({ exitCode: 8, message: 'Cannot use it' });
});

it('failureOf() wraps what nobody expected', () => {
  expect(failureOf(new TypeError('x is not a function'))).toEqual({
    exitCode: 1,
    message: 'Cannot go on: x is not a function',
  });
  expect(failureOf('text').message).toBe('Cannot go on: text');
});
