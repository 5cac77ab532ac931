import type { Preopen } from '#runtime/wasi/preopen.ts';

/** Descriptors of this process that become a command's stdin, stdout and stderr. */
export interface CommandStdio {
  readonly stdin: number;
  readonly stdout: number;
  readonly stderr: number;
}

/** What a command's thread is born with. */
export interface ThreadData {
  readonly module: WebAssembly.Module;
  readonly name: string;
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly preopens: readonly Preopen[];
  readonly stdio: CommandStdio;
  /** An eventfd: readable once the command is to stop. */
  readonly wakeFd: number;
}

/** From the thread, as its last word. */
export interface ThreadEnd {
  /** 0 to 255. */
  readonly exitCode: number;
}
