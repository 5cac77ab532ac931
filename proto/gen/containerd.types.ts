import type { Any } from './google.protobuf.ts';

export interface Mount {
  readonly type: string;
  readonly source: string;
  readonly target: string;
  readonly options: readonly string[];
}

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: bigint;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface RuntimeVersion {
  readonly version: string;
  readonly revision: string;
}

export interface RuntimeInfo {
  readonly name: string;
  readonly version?: RuntimeVersion;
  readonly options?: Any;
  readonly features?: Any;
  readonly annotations: Readonly<Record<string, string>>;
}
