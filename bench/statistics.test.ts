import { describe, expect, it } from 'vitest';
import { quantile } from './statistics.ts';

describe('quantile()', () => {
  it('gives the middle of an odd number of samples, whatever their order', () => {
    expect(quantile([9, 1, 5], 0.5)).toBe(5);
  });

  it('interpolates between neighbours', () => {
    expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5);
    expect(quantile([0, 10], 0.9)).toBe(9);
  });

  it('is not a number for no samples', () => {
    expect(quantile([], 0.5)).toBeNaN();
  });
});
