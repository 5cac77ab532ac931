import { describe, expect, it } from 'vitest';
import { HotPages, planOf } from './hot-pages.ts';

const PAGE = 4096;

const stretch = (from: number, to: number): object => ({ start: from * PAGE, end: to * PAGE });

describe('planOf()', () => {
  it('copies what was touched, short gaps included, and drops what lies before and between', () => {
    const plan = planOf(new Set([9, 2, 3, 6, 20]));
    expect(plan.hot).toEqual([stretch(2, 10), stretch(20, 21)]);
    expect(plan.cold).toEqual([stretch(0, 2), stretch(10, 20)]);
  });

  it('drops everything when nothing was touched', () => {
    expect(planOf(new Set())).toEqual({ hot: [], cold: [] });
  });
});

/** Shows it a run that read these pages and wrote those; true when that made a plan. */
function looked(pages: HotPages, present: readonly number[], own: readonly number[] = present): boolean {
  return pages.note({ present, own });
}

describe('HotPages', () => {
  it('makes a plan of what eight runs have touched', () => {
    const pages = new HotPages();
    for (let run = 0; run < 7; run++) expect(looked(pages, [run * 10])).toBe(false);
    expect(pages.isLooking).toBe(true);
    expect(looked(pages, [70])).toBe(true);
    expect(pages.isLooking).toBe(false);
    expect(pages.plan.hot).toHaveLength(8);
  });

  it('does not count a look at a memory in which nothing has run', () => {
    const pages = new HotPages();
    looked(pages, []);
    for (let run = 0; run < 7; run++) looked(pages, [1]);
    expect(pages.isLooking).toBe(true);
  });

  it('leaves out what is only read when there is too much of it to copy', () => {
    const pages = new HotPages();
    const many = Array.from({ length: 2000 }, (_, page) => page);
    for (let run = 0; run < 8; run++) looked(pages, many, [5]);
    expect(pages.plan.hot).toEqual([stretch(5, 6)]);
  });

  it('looks again after a while, and then after longer and longer ones', () => {
    const pages = new HotPages();
    const periods: number[] = [];
    for (let round = 0; round < 3; round++) {
      for (let run = 0; run < 8; run++) looked(pages, [round]);
      let restores = 0;
      for (; !pages.isLooking; restores++) pages.used();
      periods.push(restores);
      expect(pages.plan.hot).toEqual([stretch(round, round + 1)]);
    }
    expect(periods).toEqual([4096, 8192, 16384]);
  });
});
