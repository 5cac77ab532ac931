import type { Mount } from './containerd.types.ts';
import type { Timestamp } from './google.protobuf.ts';

export interface TaskCreate {
  readonly containerId: string;
  readonly bundle: string;
  readonly rootfs: readonly Mount[];
  readonly io?: TaskIO;
  readonly checkpoint: string;
  readonly pid: number;
}

export interface TaskIO {
  readonly stdin: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly terminal: boolean;
}

export interface TaskStart {
  readonly containerId: string;
  readonly pid: number;
}

export interface TaskExit {
  readonly containerId: string;
  readonly id: string;
  readonly pid: number;
  readonly exitStatus: number;
  readonly exitedAt?: Timestamp;
}

export interface TaskDelete {
  readonly containerId: string;
  readonly pid: number;
  readonly exitStatus: number;
  readonly exitedAt?: Timestamp;
  readonly id: string;
}

export interface TaskExecAdded {
  readonly containerId: string;
  readonly execId: string;
}

export interface TaskExecStarted {
  readonly containerId: string;
  readonly execId: string;
  readonly pid: number;
}

export interface TaskOOM {
  readonly containerId: string;
}

export interface TaskPaused {
  readonly containerId: string;
}

export interface TaskResumed {
  readonly containerId: string;
}

export interface TaskCheckpointed {
  readonly containerId: string;
  readonly checkpoint: string;
}
