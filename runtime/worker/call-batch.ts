import type { WorkerRequest } from './guest.ts';
import { ReceivedRequest, requestText } from './received-request.ts';

/** Where a call is held, and which of those that were held there it is. */
export interface CallPlace {
  readonly slot: number;
  readonly sequence: number;
}

export interface Call extends CallPlace {
  readonly guest: number;
  /** This guest has stalled a thread before. */
  readonly mayStall: boolean;
  readonly request: WorkerRequest;
}

/**
 * Calls on their way to a thread, one behind the other in one flat list: slot, sequence, guest, whether it may
 * stall, the request as JSON without its bytes, its bytes. The clone that a message makes costs by the object, and
 * five times as much for the same calls as objects.
 */
export type CallBatch = readonly (number | boolean | string | Uint8Array | undefined)[];

const FIELDS = 6;

export function packCalls(calls: readonly Call[]): CallBatch {
  const batch: (number | boolean | string | Uint8Array | undefined)[] = [];
  for (const { slot, sequence, guest, mayStall, request } of calls) {
    batch.push(slot, sequence, guest, mayStall, requestText(request), request.bytes);
  }
  return batch;
}

export function unpackCalls(batch: CallBatch): Call[] {
  const calls: Call[] = [];
  for (let at = 0; at < batch.length; at += FIELDS) {
    calls.push({
      slot: batch[at] as number,
      sequence: batch[at + 1] as number,
      guest: batch[at + 2] as number,
      mayStall: batch[at + 3] as boolean,
      request: new ReceivedRequest(batch[at + 4] as string, batch[at + 5] as Uint8Array | undefined),
    });
  }
  return calls;
}
