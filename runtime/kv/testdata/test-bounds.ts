import type { Bounds } from '../bounds.ts';

const MiB = 1024 * 1024;

/** As workers have them. */
export const BOUNDS: Bounds = { keys: 10_000, bytes: 4 * MiB, keyBytes: 1_024, valueBytes: MiB };

export const PATIENCE = { stepMs: 10_000, steps: 20_000 };
