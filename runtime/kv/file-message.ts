import type { Bounds } from './bounds.ts';
import type { KvErrorCode } from './kv-error.ts';
import type { KvOperation } from './operation.ts';
import type { Change } from './snapshot.ts';

/** What the thread of a file store is asked to do. */
export type FileStep =
  | { readonly type: 'read'; readonly namespace: string; readonly bounds: Bounds }
  | { readonly type: 'write'; readonly namespace: string; readonly bounds: Bounds; readonly change: Change }
  | {
      readonly type: 'operate';
      readonly namespace: string;
      readonly bounds: Bounds;
      readonly operation: KvOperation;
    };

/** Steps that are stored together, in this order; the thread answers them together as well. */
export type ToFileThread = { readonly steps: readonly FileStep[] } | 'close';

export type StepResult =
  | { readonly ok: true; readonly reply: unknown }
  | { readonly ok: false; readonly code: KvErrorCode; readonly reason: string };

export type FromFileThread = readonly StepResult[];
