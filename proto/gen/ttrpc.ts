import type { Status } from './google.rpc.ts';

export interface Request {
  readonly service: string;
  readonly method: string;
  readonly payload: Uint8Array;
  readonly timeoutNano: bigint;
  readonly metadata: readonly KeyValue[];
}

export interface Response {
  readonly status?: Status;
  readonly payload: Uint8Array;
}

export interface KeyValue {
  readonly key: string;
  readonly value: string;
}
