import type { Any } from './google.protobuf.ts';

export type LogLevel = 'LOG_LEVEL_INFO' | 'LOG_LEVEL_TRACE' | 'LOG_LEVEL_DEBUG' | 'LOG_LEVEL_WARN' | 'LOG_LEVEL_ERROR' | 'LOG_LEVEL_FATAL' | 'LOG_LEVEL_PANIC' | number;

export type Capability = 'CAPABILITY_UNSPECIFIED' | number;

export interface BootstrapParams {
  readonly instanceId: string;
  readonly namespace: string;
  readonly logLevel: LogLevel;
  readonly containerdVersion: string;
  readonly containerdTtrpcAddress: string;
  readonly containerdGrpcAddress: string;
  readonly containerdBinary: string;
  readonly extensions: readonly Extension[];
  readonly socketDir?: string;
}

export interface Extension {
  readonly value?: Any;
}

export interface BootstrapResult {
  readonly version: number;
  readonly address: string;
  readonly protocol: string;
  readonly capabilities: readonly Capability[];
  readonly metadata: Readonly<Record<string, string>>;
}
