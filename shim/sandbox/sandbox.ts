import type { ContainerStats } from './stats.ts';

/** One filesystem to mount on the container's root, as containerd names it (`containerd.types.Mount`). */
export interface RootfsMount {
  readonly type: string;
  readonly source: string;
  /** Relative to the root; empty means the root itself. */
  readonly target: string;
  readonly options: readonly string[];
}

/** Fifo paths made by the client; an empty string means none. */
export interface StdioPaths {
  readonly stdin: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly terminal: boolean;
}

export interface SandboxRequest {
  readonly id: string;
  readonly containerdNamespace: string;
  /** Absolute path of the bundle that holds `config.json`. */
  readonly bundle: string;
  /** Empty when the client has mounted the root itself (Docker). */
  readonly rootfs: readonly RootfsMount[];
  readonly stdio: StdioPaths;
  /** Called as soon as there is a process; it lives on only if this succeeds. */
  readonly onRecord?: (record: SandboxRecord) => void | Promise<void>;
  /** What could not be had, but is not worth refusing the container. */
  readonly warn?: (message: string) => void;
}

/** How a container's process ended: the one truth for event, Wait, State and Delete. */
export interface Exit {
  /** Exit code, or 128 + signal. */
  readonly status: number;
  readonly at: Date;
}

/** What must survive a killed shim so that `delete` can clean up; JSON in the bundle. */
export interface SandboxRecord {
  readonly version: 1;
  readonly id: string;
  readonly pid: number;
  /** Field 22 of /proc/PID/stat: tells this process from a later one with the same pid. */
  readonly startTime: string;
  /** Directories this sandbox made, deepest first. */
  readonly cgroupPaths: readonly string[];
}

/** One container's process in its namespaces: created stopped, then started, then gone. */
export interface Sandbox {
  readonly record: SandboxRecord;
  readonly pid: number;
  /** Settles once, when the process is reaped. */
  readonly exited: Promise<Exit>;
  /** Lets the app go. Resolves when it listens, runs, or has exited; rejects with the reason it cannot run. */
  start(): Promise<void>;
  /** Sends a signal to the init process, or with `all` to every process of the container. */
  signal(signal: number, all: boolean): Promise<void>;
  /** Host pids of the container's processes; the init's pid also when it has exited. */
  pids(): Promise<readonly number[]>;
  stats(): Promise<ContainerStats>;
  closeStdin(): void;
  /** Kills what is left and removes all that create() made. Safe to call twice. */
  destroy(): Promise<void>;
}
