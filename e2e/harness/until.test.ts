import { describe, expect, it } from 'vitest';
import { until } from './until.ts';

describe('until()', () => {
  it('looks again until something is seen, and answers it', async () => {
    let looks = 0;
    const seen = await until('three looks were taken', async () => {
      looks += 1;
      return looks === 3 ? 'third' : undefined;
    });
    expect(seen).toBe('third');
  });

  it('accepts a seen false as an answer', async () => {
    expect(await until('it is known', async () => false)).toBe(false);
  });

  it('says what it waited for and what the caller adds', async () => {
    const waiting = until('pigs fly', async () => undefined, {
      timeoutMs: 1,
      explain: async () => 'no wings',
    });
    await expect(waiting).rejects.toThrow('Cannot see that pigs fly after 1 ms\nno wings');
  });

  it('passes a failed look on at once', async () => {
    const waiting = until('it answers', async () => {
      throw new Error('it has ended');
    });
    await expect(waiting).rejects.toThrow('it has ended');
  });
});
