import { expect, it } from 'vitest';
import { ShimError } from '../errors.ts';
import { fromStatus, toStatus } from './status.ts';

it.each([
  ['cancelled', 1],
  ['unknown', 2],
  ['invalid-argument', 3],
  ['deadline-exceeded', 4],
  ['not-found', 5],
  ['already-exists', 6],
  ['resource-exhausted', 8],
  ['failed-precondition', 9],
  ['unimplemented', 12],
  ['unavailable', 14],
] as const)('%s is gRPC status %i, in both directions', (code, number) => {
  expect(toStatus(new ShimError(code, 'why'))).toEqual({ code: number, message: 'why' });
  expect(fromStatus({ code: number, message: 'why', details: [] })).toMatchObject({ code, message: 'why' });
});

it('an error that is not ours is UNKNOWN with its text', () => {
  expect(toStatus(new TypeError('Cannot mount'))).toEqual({ code: 2, message: 'Cannot mount' });
  expect(toStatus('text')).toEqual({ code: 2, message: 'text' });
});

it('a status code without an error of ours is unknown', () => {
  expect(fromStatus({ code: 16, message: 'who are you', details: [] }).code).toBe('unknown');
});
