import { describe, expect, it } from 'vitest';
import { summary, type TestEnd, tally } from './tally.ts';

const passed = (name: string): TestEnd => ({ name, state: 'passed' });
const skipped = (name: string): TestEnd => ({ name, state: 'skipped' });

describe('tally()', () => {
  it('counts each state', () => {
    const result = tally([passed('a'), passed('b'), { name: 'c', state: 'failed' }], []);
    expect(summary(result)).toBe('2 passed, 1 failed, 0 skipped');
    expect(result.complaints).toEqual([]);
  });

  it('complains about a skip nobody allowed, by name', () => {
    const result = tally([passed('a'), skipped('x.test.ts > b')], []);
    expect(result.complaints).toEqual(['Skipped without leave: x.test.ts > b']);
  });

  it('counts an allowed skip without complaint', () => {
    const result = tally([passed('a'), skipped('b')], [{ name: 'b', reason: 'needs cgroup v2' }]);
    expect(result.complaints).toEqual([]);
    expect(summary(result)).toBe('1 passed, 0 failed, 1 skipped');
  });

  it('complains when no test ran at all', () => {
    expect(tally([], []).complaints).toEqual(['No test ran']);
  });
});
