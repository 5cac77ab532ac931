import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SlotTable } from './slot-table.ts';

it('SlotTable holds what a map would, and numbers no larger than it ever was', () => {
  const step = fc.oneof(fc.constant('add' as const), fc.nat({ max: 9 }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const table = new SlotTable<{ readonly n: number }>();
      const model = new Map<number, { readonly n: number }>();
      let most = 0;
      for (const [n, what] of steps.entries()) {
        if (what === 'add') {
          const item = { n };
          const slot = table.add(item);
          expect(model.has(slot)).toBe(false);
          model.set(slot, item);
          most = Math.max(most, model.size);
          expect(slot).toBeLessThan(most);
        } else {
          table.delete(what);
          model.delete(what);
        }
        expect(table.size).toBe(model.size);
        expect(table.get(3)).toBe(model.get(3));
      }
      expect(new Map(table)).toEqual(model);
    }),
  );
});

it('SlotTable lets items be deleted while it is walked through', () => {
  const table = new SlotTable<{ readonly n: number }>();
  for (let n = 0; n < 4; n += 1) table.add({ n });
  const seen: number[] = [];
  for (const [slot, { n }] of table) {
    seen.push(n);
    table.delete(slot);
    table.delete(slot + 2);
  }
  expect(seen).toEqual([0, 1]);
  expect(table.size).toBe(0);
  table.add({ n: 9 });
  table.clear();
  expect([table.size, ...table]).toEqual([0]);
});
