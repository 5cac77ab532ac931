import { closeSync, fstatSync } from 'node:fs';
import { expect, it } from 'vitest';
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
