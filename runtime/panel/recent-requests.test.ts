import { describe, expect, it } from 'vitest';
import { RecentRequests } from './recent-requests.ts';
import { report } from './testdata/test-panel.ts';

function filled(capacity: number, count: number): RecentRequests {
  const recent = new RecentRequests(capacity);
  for (let id = 1; id <= count; id += 1) recent.request(report({ id: String(id) }));
  return recent;
}

describe('RecentRequests', () => {
  it('keeps the last ones, oldest first', () => {
    const { requests, cursor, missed } = filled(3, 7).after(0, 100);
    expect(requests.map(({ id }) => id)).toEqual(['5', '6', '7']);
    expect([cursor, missed]).toEqual([7, 4]);
  });

  it('goes on from a cursor and says what was missed', () => {
    const recent = filled(3, 7);
    expect(recent.after(6, 100)).toMatchObject({ missed: 0, cursor: 7, requests: [{ id: '7', cursor: 7 }] });
    expect(recent.after(2, 100).missed).toBe(2);
    expect(recent.after(7, 100)).toEqual({ missed: 0, cursor: 7, requests: [] });
    expect(recent.after(0, 1)).toMatchObject({ missed: 6, requests: [{ id: '7' }] });
  });

  it('begins anew for a cursor it never gave', () => {
    expect(filled(3, 2).after(1_000, 100).requests).toHaveLength(2);
  });

  it('answers nothing when nothing happened', () => {
    expect(new RecentRequests().after(0, 100)).toEqual({ cursor: 0, missed: 0, requests: [] });
  });

  it('keeps little of what is long, and no value of a parameter', () => {
    const recent = new RecentRequests();
    const long = 'x'.repeat(1_000_000);
    recent.request(report({ method: long, target: `/${long}?a=secret`, problem: long, said: long }));
    const text = JSON.stringify(recent.after(0, 1));
    expect(text.length).toBeLessThan(5_000);
    expect(text).not.toContain('secret');
  });
});
