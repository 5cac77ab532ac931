export interface Any {
  readonly typeUrl: string;
  readonly value: Uint8Array;
}

export interface Timestamp {
  readonly seconds: bigint;
  readonly nanos: number;
}

export type Empty = Readonly<Record<never, never>>;

export interface FieldMask {
  readonly paths: readonly string[];
}
