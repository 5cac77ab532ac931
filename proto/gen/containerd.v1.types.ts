import type { Any } from './google.protobuf.ts';

export type Status = 'UNKNOWN' | 'CREATED' | 'RUNNING' | 'STOPPED' | 'PAUSED' | 'PAUSING' | number;

export interface ProcessInfo {
  readonly pid: number;
  readonly info?: Any;
}
