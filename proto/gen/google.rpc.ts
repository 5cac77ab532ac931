import type { Any } from './google.protobuf.ts';

export interface Status {
  readonly code: number;
  readonly message: string;
  readonly details: readonly Any[];
}
