import { closeSync, fstatSync } from 'node:fs';
import { expect, it } from 'vitest';
import { Errno, errnoOf } from './errno.ts';
import { AT_FDCWD, close, O_PATH, openat2 } from './kernel.ts';
import { createLedger, keepLedger, takeLeftOpen } from './ledger.ts';

const root = Buffer.from('/\0');

it('takeLeftOpen() reports what was opened and not closed, once', () => {
  const ledger = createLedger();
  keepLedger(ledger);
  const [kept, closed] = [openat2(AT_FDCWD, root, O_PATH, 0), openat2(AT_FDCWD, root, O_PATH, 0)];
  close(closed);
  expect(takeLeftOpen(ledger)).toEqual([kept]);
  expect(takeLeftOpen(ledger)).toEqual([]);
  expect(fstatSync(kept).isDirectory()).toBe(true);
  closeSync(kept);
});

it('recordOpen() opens nothing that could not be written down, and goes on once there is room', () => {
  keepLedger(createLedger());
  const open: number[] = [];
  let refusal: unknown;
  // Until the ledger is full, or this machine allows no more.
  for (let i = 0; i < 5000 && refusal === undefined; i++) {
    try {
      open.push(openat2(AT_FDCWD, root, O_PATH, 0));
    } catch (error) {
      refusal = error;
    }
  }
  expect(errnoOf(refusal)).toBe(Errno.mfile);
  for (const fd of open.splice(0, 10)) close(fd);
  for (let i = 0; i < 10; i++) open.push(openat2(AT_FDCWD, root, O_PATH, 0));
  for (const fd of open) close(fd);
});
