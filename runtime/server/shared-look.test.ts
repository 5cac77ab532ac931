import { expect, it } from 'vitest';
import { SharedLook } from './shared-look.ts';

it('SharedLook looks once for all who ask at the same time, and anew for who comes meanwhile', async () => {
  const looks: PromiseWithResolvers<number>[] = [];
  const begun = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const shared = new SharedLook(() => {
    const look = Promise.withResolvers<number>();
    begun[looks.push(look) - 1]?.resolve();
    return look.promise;
  });
  const first = [shared.take(), shared.take()];
  await begun[0]?.promise;
  const late = [shared.take(), shared.take()];
  looks[0]?.resolve(1);
  expect(await Promise.all(first)).toEqual([1, 1]);
  await begun[1]?.promise;
  looks[1]?.resolve(2);
  expect(await Promise.all(late)).toEqual([2, 2]);
  expect(looks).toHaveLength(2);
});

it('SharedLook goes on after a look that failed, of which all learn who shared it', async () => {
  let looks = 0;
  const shared = new SharedLook(async () => {
    looks += 1;
    if (looks === 1) throw new Error('no disk');
    return looks;
  });
  const failed = [shared.take(), shared.take()];
  for (const one of failed) await expect(one).rejects.toThrow('no disk');
  expect(await shared.take()).toBe(2);
});
