import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Lifetime } from './lifetime.ts';

describe('Lifetime', () => {
  let containers: number;
  let left: number;
  let lifetime: Lifetime;

  beforeEach(() => {
    vi.useFakeTimers();
    containers = 0;
    left = 0;
    lifetime = new Lifetime('a', { isEmpty: () => containers === 0, leave: () => left++ });
  });
  afterEach(() => vi.useRealTimers());

  it('ends when no Create comes within 30 s', () => {
    vi.advanceTimersByTime(29_999);
    expect(left).toBe(0);
    vi.advanceTimersByTime(1);
    expect(left).toBe(1);
    expect(lifetime.hasEnded).toBe(true);
  });

  it('stays as long as there is a container', () => {
    lifetime.arrive('a');
    containers = 1;
    vi.advanceTimersByTime(3_600_000);
    lifetime.dismiss('a');
    expect(left).toBe(0);
  });

  it('ends at Shutdown when the last container is gone', () => {
    lifetime.arrive('a');
    lifetime.dismiss('a');
    expect(left).toBe(1);
  });

  it('stays at Shutdown while a start has been sent to it', () => {
    lifetime.arrive('a');
    lifetime.expect('b');
    lifetime.dismiss('a');
    expect(left).toBe(0);
    lifetime.arrive('b');
    lifetime.dismiss('b');
    expect(left).toBe(1);
  });

  it('ends at Shutdown of the container it was started for when that was given up before its Create', () => {
    lifetime.dismiss('a');
    expect(left).toBe(1);
  });

  it('gives up on an expected Create after 30 s, then goes with the last container', () => {
    lifetime.arrive('a');
    containers = 1;
    lifetime.expect('b');
    vi.advanceTimersByTime(30_000);
    expect(left).toBe(0);
    containers = 0;
    lifetime.dismiss('a');
    expect(left).toBe(1);
  });

  it('ends 30 s after a failed Create that nobody follows up', () => {
    lifetime.arrive('a');
    vi.advanceTimersByTime(20_000);
    lifetime.rest();
    vi.advanceTimersByTime(29_999);
    expect(left).toBe(0);
    vi.advanceTimersByTime(1);
    expect(left).toBe(1);
  });

  it('ends once', () => {
    lifetime.end();
    lifetime.end();
    vi.advanceTimersByTime(60_000);
    expect(left).toBe(1);
  });
});
