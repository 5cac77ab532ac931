/** `wasi_snapshot_preview1.filetype`. */
export const Filetype = {
  unknown: 0,
  blockDevice: 1,
  characterDevice: 2,
  directory: 3,
  regularFile: 4,
  socketDgram: 5,
  socketStream: 6,
  symbolicLink: 7,
} as const;

/** What stdin, stdout and stderr are to a guest. A stream has one direction; the other answers `badf`. */
export interface GuestStream {
  readonly filetype: number;
  /** A descriptor of this process to wait on, or undefined when the stream never makes a guest wait. */
  readonly pollable?: number;
  /** Bytes that can be read without waiting, where that is known. */
  readonly available?: number;
  /** Settles when there is something to read, for a guest that can be set aside until then. */
  readonly waiting?: Promise<void> | undefined;
  /** Fills `into` from its start and returns the count; 0 is the end of the stream. May wait. */
  read?(into: Uint8Array<ArrayBuffer>): number;
  /** Takes bytes from the start of `from` and returns the count, short only when it failed midway. May wait. */
  write?(from: Uint8Array<ArrayBuffer>): number;
}
