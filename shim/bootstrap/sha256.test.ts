import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sha256 } from './sha256.ts';

it('sha256() is what node:crypto gives, for every length around a block', () => {
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ minLength: 50, maxLength: 130 }));
  fc.assert(
    fc.property(text, (message) => {
      expect(sha256(message)).toBe(createHash('sha256').update(message).digest('hex'));
    }),
    { numRuns: 1000 },
  );
});
