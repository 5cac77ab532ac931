import { describe, expect, it } from 'vitest';
import { StoreHealth } from './store-health.ts';

function setUp() {
  const lines: string[] = [];
  const clock = { now: 0 };
  const health = new StoreHealth(
    'redis://db:6379/0?prefix=a',
    (line) => void lines.push(line),
    () => clock.now,
  );
  return { lines, clock, health };
}

describe('StoreHealth', () => {
  it('says each change once', () => {
    const { lines, clock, health } = setUp();
    health.worked();
    for (let count = 0; count < 100; count += 1) health.failed('gone');
    clock.now = 5_000;
    for (let count = 0; count < 100; count += 1) health.worked();
    expect(lines).toEqual([
      'K/V store "redis://db:6379/0?prefix=a" is not available: gone; workers that need it answer 503',
      'K/V store "redis://db:6379/0?prefix=a" is available again',
    ]);
  });

  it('does not flood the log where some steps fail and others do not', () => {
    const { lines, clock, health } = setUp();
    for (let count = 0; count < 1_000; count += 1) {
      clock.now = count;
      health.failed('wrong type');
      health.worked();
    }
    expect(lines).toHaveLength(1);
  });
});
