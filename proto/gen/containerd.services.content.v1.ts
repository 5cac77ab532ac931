import type { FieldMask, Timestamp } from './google.protobuf.ts';

export type WriteAction = 'STAT' | 'WRITE' | 'COMMIT' | number;

export interface Info {
  readonly digest: string;
  readonly size: bigint;
  readonly createdAt?: Timestamp;
  readonly updatedAt?: Timestamp;
  readonly labels: Readonly<Record<string, string>>;
}

export interface InfoRequest {
  readonly digest: string;
}

export interface InfoResponse {
  readonly info?: Info;
}

export interface UpdateRequest {
  readonly info?: Info;
  readonly updateMask?: FieldMask;
}

export interface UpdateResponse {
  readonly info?: Info;
}

export interface Status {
  readonly startedAt?: Timestamp;
  readonly updatedAt?: Timestamp;
  readonly ref: string;
  readonly offset: bigint;
  readonly total: bigint;
  readonly expected: string;
}

export interface StatusRequest {
  readonly ref: string;
}

export interface StatusResponse {
  readonly status?: Status;
}

export interface WriteContentRequest {
  readonly action: WriteAction;
  readonly ref: string;
  readonly total: bigint;
  readonly expected: string;
  readonly offset: bigint;
  readonly data: Uint8Array;
  readonly labels: Readonly<Record<string, string>>;
}

export interface WriteContentResponse {
  readonly action: WriteAction;
  readonly startedAt?: Timestamp;
  readonly updatedAt?: Timestamp;
  readonly offset: bigint;
  readonly total: bigint;
  readonly digest: string;
}

export interface AbortRequest {
  readonly ref: string;
}
