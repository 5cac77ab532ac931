import type { Interpreter } from '#runtime/languages/interpreter.ts';
import type { HttpPolicy } from '#runtime/outbound/http-policy.ts';
import type { KvConfig } from '#runtime/project/kv-config.ts';
import type { Preopen } from '#runtime/wasi/preopen.ts';
import type { WorkerLimitName, WorkerLimits } from '#runtime/worker-limits.ts';
import type { HostCalls } from './host-calls.ts';
import type { SourceFile } from './source-file.ts';

/** A request as workers see it: the wws envelope of stdin, before it is written as JSON. */
export interface WorkerRequest {
  /** Absolute: scheme, authority, path and query, still percent-encoded. */
  readonly url: string;
  readonly method: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** UTF-8 text; empty when there is none, or when the bytes are no UTF-8. */
  readonly body: string;
  /** The body where it is no UTF-8. */
  readonly bytes?: Uint8Array;
  readonly kv: Readonly<Record<string, string>>;
  readonly params: Readonly<Record<string, string>>;
}

/** A list makes one header line of each value: cookies cannot be joined. */
export type AnswerHeaders = Readonly<Record<string, string | readonly string[]>>;

export interface WorkerResponse {
  readonly status: number;
  readonly headers: AnswerHeaders;
  readonly body: Uint8Array;
  /** The whole namespace as it is to be; undefined when the worker left it alone. */
  readonly kv: Readonly<Record<string, string>> | undefined;
  /** Keys that stay as they are in the store, whatever `kv` has: the worker changed them there itself. */
  readonly kvKept?: readonly string[];
  /** `body` is only what there was of it so far; what follows is given to the host's service `body`. */
  readonly streams?: true;
}

/** What a worker did after its answer. */
export interface GuestRest {
  readonly stderr: Uint8Array;
  readonly limits?: readonly WorkerLimitName[];
}

/**
 * What a worker said on stderr comes back with its answer, so that one thread alone owns the log. `limits`: those
 * it met, to be counted. `rest`, which never rejects: the worker goes on until it settles, and has its instance.
 */
export type GuestResult = {
  readonly limits?: readonly WorkerLimitName[];
  readonly rest?: Promise<GuestRest>;
} & (
  | { readonly ok: true; readonly response: WorkerResponse; readonly stderr: Uint8Array }
  | { readonly ok: false; readonly reason: string; readonly stderr: Uint8Array }
);

/** All a guest thread needs to load one worker; plain data, it crosses threads. */
export interface GuestSpec {
  readonly language: 'javascript' | 'wasm' | 'interpreted';
  /** Absolute path of the worker's file. */
  readonly file: string;
  /** As shown to people: the path below the project's root. */
  readonly name: string;
  /** The project's directory, absolute and without links; what a worker imports lies below. */
  readonly root: string;
  readonly vars: Readonly<Record<string, string>>;
  readonly folders: readonly Preopen[];
  readonly limits: WorkerLimits;
  readonly http: HttpPolicy;
  /** A request body that is no UTF-8 goes to a compiled worker as base64, in place of nothing. */
  readonly binaryBodies: boolean;
  /** False: an interpreter is started for each request, and the worker loaded by it. */
  readonly snapshot?: boolean;
  /** The store it shares with others; undefined for none. */
  readonly kv: KvConfig | undefined;
  /** What runs a worker whose language is `interpreted`. */
  readonly interpreter?: Interpreter;
  /** Directory of the server's own, gone when it is: for files that an interpreted worker is to find. */
  readonly scratch?: string;
}

/** Told of each file that a worker is loaded from beside its own. */
export type NoteSource = (source: SourceFile) => void;

/** A loaded worker. Each call sees fresh state: nothing of an earlier request is left. */
export interface Guest {
  /** Answers at once, or later where it has to wait for the host; then it may be given more calls meanwhile. */
  handle(request: WorkerRequest, host: HostCalls): GuestResult | Promise<GuestResult>;
}
