import type { Timestamp } from './google.protobuf.ts';

export interface Lease {
  readonly id: string;
  readonly createdAt?: Timestamp;
  readonly labels: Readonly<Record<string, string>>;
}

export interface CreateRequest {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface CreateResponse {
  readonly lease?: Lease;
}

export interface DeleteRequest {
  readonly id: string;
  readonly sync: boolean;
}
