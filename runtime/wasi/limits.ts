/** What one guest may use. */
export interface GuestLimits {
  /** Bytes of linear memory; `memory.grow` beyond answers -1. */
  readonly memory: number;
  /** Bytes a worker may write to stdout; a worker that writes more is stopped. */
  readonly stdout: number;
  /** Bytes of a worker's stderr that are kept for each request; the rest is counted and dropped. */
  readonly stderr: number;
  /** Descriptors, with stdio and preopened directories; opening more answers `mfile`. */
  readonly descriptors: number;
}

const KiB = 1024;
const MiB = 1024 * KiB;

export const defaultLimits: GuestLimits = {
  memory: 512 * MiB,
  stdout: 16 * MiB,
  stderr: 256 * KiB,
  descriptors: 256,
};

/** A limit as people read it: `16 MiB`. */
export function formatBytes(bytes: number): string {
  if (bytes >= MiB && bytes % MiB === 0) return `${bytes / MiB} MiB`;
  if (bytes >= KiB && bytes % KiB === 0) return `${bytes / KiB} KiB`;
  return `${bytes} bytes`;
}
