import type { Any, Timestamp } from './google.protobuf.ts';

export interface ForwardRequest {
  readonly envelope?: Envelope;
}

export interface Envelope {
  readonly timestamp?: Timestamp;
  readonly namespace: string;
  readonly topic: string;
  readonly event?: Any;
}
