import { openSync, readSync } from 'node:fs';

/** Bytes of a page of memory. */
export const PAGE_BYTES = 4096;

const ENTRY_BYTES = 8;
/** In the high half of an entry: the page is there; it is in swap space; it belongs to a file. */
const PRESENT = 1 << 31;
const SWAPPED = 1 << 30;
const OF_FILE = 1 << 29;

let descriptor: number | undefined;
let isTried = false;

/**
 * Opens `/proc/self/pagemap` (proc_pid_pagemap(5)), by which a process sees which of its pages are there. A
 * hardened container cannot open it any more, so its main thread does before, and hands `pagemap()` to the others.
 */
export function openPagemap(): void {
  isTried = true;
  try {
    descriptor = openSync('/proc/self/pagemap', 'r');
  } catch {
    // No /proc, or not for us: pages are then compared.
    descriptor = undefined;
  }
}

/** The open file, if this process has one. */
export function pagemap(): number | undefined {
  return descriptor;
}

/** Makes this thread use the file that another has opened; it is not closed here. */
export function usePagemap(fd: number | undefined): void {
  if (fd === undefined) return;
  isTried = true;
  descriptor = fd;
}

export interface TouchedPages {
  /** Numbers of pages that are there, counted from the address asked about. */
  readonly present: readonly number[];
  /** Those of them that are the process's own: private copies. */
  readonly own: readonly number[];
}

/** Which pages of `length` bytes at `address` are there; undefined where that cannot be known. */
export function touchedPages(address: bigint, length: number): TouchedPages | undefined {
  if (!isTried) openPagemap();
  if (descriptor === undefined) return undefined;
  const entries = new Int32Array((length / PAGE_BYTES) * (ENTRY_BYTES / 4));
  const position = (Number(address) / PAGE_BYTES) * ENTRY_BYTES;
  if (!filled(descriptor, entries, position)) {
    descriptor = undefined;
    return undefined;
  }
  const present: number[] = [];
  const own: number[] = [];
  for (let page = 0; page * 2 < entries.length; page++) {
    const flags = entries[page * 2 + 1] ?? 0;
    if ((flags & (PRESENT | SWAPPED)) === 0) continue;
    present.push(page);
    // What is swapped out has been written to, or it would have been dropped.
    if ((flags & OF_FILE) === 0 || (flags & SWAPPED) !== 0) own.push(page);
  }
  return { present, own };
}

/** An image made by half of the entries would lack pages. */
function filled(fd: number, entries: Int32Array, position: number): boolean {
  try {
    return readSync(fd, entries, 0, entries.byteLength, position) === entries.byteLength;
  } catch {
    return false;
  }
}
