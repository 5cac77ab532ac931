import type { Any, Timestamp } from './google.protobuf.ts';
import type { Mount } from './containerd.types.ts';
import type { ProcessInfo, Status } from './containerd.v1.types.ts';

export interface StateRequest {
  readonly id: string;
  readonly execId: string;
}

export interface StateResponse {
  readonly id: string;
  readonly bundle: string;
  readonly pid: number;
  readonly status: Status;
  readonly stdin: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly terminal: boolean;
  readonly exitStatus: number;
  readonly exitedAt?: Timestamp;
  readonly execId: string;
}

export interface CreateTaskRequest {
  readonly id: string;
  readonly bundle: string;
  readonly rootfs: readonly Mount[];
  readonly terminal: boolean;
  readonly stdin: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly checkpoint: string;
  readonly parentCheckpoint: string;
  readonly options?: Any;
}

export interface CreateTaskResponse {
  readonly pid: number;
}

export interface StartRequest {
  readonly id: string;
  readonly execId: string;
}

export interface StartResponse {
  readonly pid: number;
}

export interface DeleteRequest {
  readonly id: string;
  readonly execId: string;
}

export interface DeleteResponse {
  readonly pid: number;
  readonly exitStatus: number;
  readonly exitedAt?: Timestamp;
}

export interface PidsRequest {
  readonly id: string;
}

export interface PidsResponse {
  readonly processes: readonly ProcessInfo[];
}

export interface PauseRequest {
  readonly id: string;
}

export interface ResumeRequest {
  readonly id: string;
}

export interface CheckpointTaskRequest {
  readonly id: string;
  readonly path: string;
  readonly options?: Any;
}

export interface KillRequest {
  readonly id: string;
  readonly execId: string;
  readonly signal: number;
  readonly all: boolean;
}

export interface ExecProcessRequest {
  readonly id: string;
  readonly execId: string;
  readonly terminal: boolean;
  readonly stdin: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly spec?: Any;
}

export interface ResizePtyRequest {
  readonly id: string;
  readonly execId: string;
  readonly width: number;
  readonly height: number;
}

export interface CloseIORequest {
  readonly id: string;
  readonly execId: string;
  readonly stdin: boolean;
}

export interface UpdateTaskRequest {
  readonly id: string;
  readonly resources?: Any;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface WaitRequest {
  readonly id: string;
  readonly execId: string;
}

export interface WaitResponse {
  readonly exitStatus: number;
  readonly exitedAt?: Timestamp;
}

export interface StatsRequest {
  readonly id: string;
}

export interface StatsResponse {
  readonly stats?: Any;
}

export interface ConnectRequest {
  readonly id: string;
}

export interface ConnectResponse {
  readonly shimPid: number;
  readonly taskPid: number;
  readonly version: string;
}

export interface ShutdownRequest {
  readonly id: string;
  readonly now: boolean;
}
