/**
 * What a shim and a runtime say to each other: newline-delimited JSON over one socket pair, which the
 * runtime finds at `CONTROL_FD`. Everything a runtime must know arrives here and nothing by argv or
 * environment, so that a runtime may be booted before anyone has asked for a container.
 *
 * ```
 * shim                         runtime
 *  │ ── boot ───────────────────▶ │  (during Create: load the app, compile, scan)
 *  │ ◀─────────────────── ready ─ │  or failed
 *  │ ── start ──────────────────▶ │  (at Start: listen, or enter the command)
 *  │ ◀───────────────── started ─ │  or failed
 * ```
 *
 * A runtime that has failed before `start` waits for it all the same: clients look at its process in between.
 */
export const CONTROL_FD = 3;

/** Where the image's root is seen inside the jail. */
export const APP_ROOT = '/app';

/** The port a project is served on inside a container, unless its arguments say otherwise. */
export const CONTAINER_PORT = 3000;

/** A container mount that guests may be given: a directory below the app root. */
export interface AppMount {
  /** Absolute path as the container's spec names it, e.g. `/data`. */
  readonly destination: string;
  /** Where it really lies below the app root, symbolic links of the image resolved, e.g. `var/data`. */
  readonly path: string;
  readonly writable: boolean;
}

/** What the first argument of the container turned out to be, judged by its bytes. */
export type Entrypoint =
  | {
      /** A directory of workers, served over HTTP. `path` is relative to the app root, `.` for the root itself. */
      readonly kind: 'project';
      readonly path: string;
    }
  | {
      /** A core WebAssembly module; whether it is a command is for the runtime to say. */
      readonly kind: 'module';
      readonly path: string;
    };

export interface BootMessage {
  readonly type: 'boot';
  readonly entrypoint: Entrypoint;
  /** The container's whole argument vector; `args[0]` is what `entrypoint` was made of. */
  readonly args: readonly string[];
  /** `NAME=value`, as in the OCI spec. */
  readonly env: readonly string[];
  /** Working directory of the container, relative to the image's root. */
  readonly cwd: string;
  readonly mounts: readonly AppMount[];
  /**
   * What the operator has set by annotations, as in runtime/operator.ts: keys without `wws.`, values as written.
   * The shim has checked them.
   */
  readonly operator?: Readonly<Record<string, string>>;
  /**
   * Base64 of a seccomp program (`struct sock_filter[]`) for all threads, to be installed when the runtime has
   * booted and before it touches anything of the app: it forbids exec and new processes.
   */
  readonly seccomp?: string;
}

export interface StartMessage {
  readonly type: 'start';
}

export type ShimMessage = BootMessage | StartMessage;

export type RuntimeMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'started' }
  | {
      /** The app cannot run; `message` is shown to whoever asked for the container. */
      readonly type: 'failed';
      readonly message: string;
    };
