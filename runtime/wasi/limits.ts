/** What a command may use when nobody says otherwise; its container bounds it as well. */
export interface CommandLimits {
  /** Bytes of linear memory; `memory.grow` beyond answers -1. */
  readonly memory: number;
  /** Descriptors, with stdio and preopened directories; opening more answers `mfile`. */
  readonly descriptors: number;
}

const KiB = 1024;
const MiB = 1024 * KiB;

export const commandLimits: CommandLimits = { memory: 512 * MiB, descriptors: 256 };

/** A size as people read it: `16 MiB`. */
export function formatBytes(bytes: number): string {
  if (bytes >= MiB && bytes % MiB === 0) return `${bytes / MiB} MiB`;
  if (bytes >= KiB && bytes % KiB === 0) return `${bytes / KiB} KiB`;
  return `${bytes} bytes`;
}
