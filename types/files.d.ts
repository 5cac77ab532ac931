/** The folders that `[[folders]]` of the worker's configuration grants, by the names of Node. */
declare module 'node:fs' {
  export type PathLike = string | URL;
  export type FileData = string | ArrayBuffer | ArrayBufferView;
  export type Encoding = 'utf8' | 'utf-8';
  export type WriteFlag = 'w' | 'wx' | 'a' | 'ax' | 'r+';
  export type WriteOptions = Encoding | { encoding?: Encoding; flag?: WriteFlag };

  export interface Stats {
    readonly size: number;
    readonly mode: number;
    readonly nlink: number;
    readonly atimeMs: number;
    readonly mtimeMs: number;
    readonly ctimeMs: number;
    readonly atime: Date;
    readonly mtime: Date;
    readonly ctime: Date;
    isFile(): boolean;
    isDirectory(): boolean;
    isSymbolicLink(): boolean;
  }

  export interface Dirent {
    readonly name: string;
    readonly parentPath: string;
    isFile(): boolean;
    isDirectory(): boolean;
    isSymbolicLink(): boolean;
  }

  export const constants: { readonly F_OK: 0; readonly X_OK: 1; readonly W_OK: 2; readonly R_OK: 4 };
  export function readFileSync(path: PathLike, options: Encoding | { encoding: Encoding }): string;
  export function readFileSync(path: PathLike, options?: { encoding?: null } | null): Uint8Array<ArrayBuffer>;
  export function writeFileSync(path: PathLike, data: FileData, options?: WriteOptions): void;
  export function appendFileSync(
    path: PathLike,
    data: FileData,
    options?: Encoding | { encoding?: Encoding },
  ): void;
  export function readdirSync(path: PathLike, options: { withFileTypes: true }): Dirent[];
  export function readdirSync(path: PathLike, options?: { withFileTypes?: false }): string[];
  export function statSync(path: PathLike, options: { throwIfNoEntry: false }): Stats | undefined;
  export function statSync(path: PathLike, options?: { throwIfNoEntry?: true }): Stats;
  export function lstatSync(path: PathLike): Stats;
  export function existsSync(path: PathLike): boolean;
  export function accessSync(path: PathLike, mode?: number): void;
  export function mkdirSync(path: PathLike, options?: { recursive?: boolean }): string | undefined;
  export function rmdirSync(path: PathLike): void;
  export function unlinkSync(path: PathLike): void;
  export function rmSync(path: PathLike, options?: { recursive?: boolean; force?: boolean }): void;
  export function renameSync(from: PathLike, to: PathLike): void;
  export function copyFileSync(from: PathLike, to: PathLike): void;
  export * as promises from 'node:fs/promises';

  const fs: typeof import('node:fs');
  export default fs;
}

declare module 'node:fs/promises' {
  import type { Dirent, Encoding, FileData, PathLike, Stats, WriteOptions } from 'node:fs';

  export { constants } from 'node:fs';
  export function readFile(path: PathLike, options: Encoding | { encoding: Encoding }): Promise<string>;
  export function readFile(
    path: PathLike,
    options?: { encoding?: null } | null,
  ): Promise<Uint8Array<ArrayBuffer>>;
  export function writeFile(path: PathLike, data: FileData, options?: WriteOptions): Promise<void>;
  export function appendFile(
    path: PathLike,
    data: FileData,
    options?: Encoding | { encoding?: Encoding },
  ): Promise<void>;
  export function readdir(path: PathLike, options: { withFileTypes: true }): Promise<Dirent[]>;
  export function readdir(path: PathLike, options?: { withFileTypes?: false }): Promise<string[]>;
  export function stat(path: PathLike): Promise<Stats>;
  export function lstat(path: PathLike): Promise<Stats>;
  export function access(path: PathLike, mode?: number): Promise<void>;
  export function mkdir(path: PathLike, options?: { recursive?: boolean }): Promise<string | undefined>;
  export function rmdir(path: PathLike): Promise<void>;
  export function unlink(path: PathLike): Promise<void>;
  export function rm(path: PathLike, options?: { recursive?: boolean; force?: boolean }): Promise<void>;
  export function rename(from: PathLike, to: PathLike): Promise<void>;
  export function copyFile(from: PathLike, to: PathLike): Promise<void>;

  const promises: typeof import('node:fs/promises');
  export default promises;
}

declare module 'fs' {
  export * from 'node:fs';
  export { default } from 'node:fs';
}

declare module 'fs/promises' {
  export * from 'node:fs/promises';
  export { default } from 'node:fs/promises';
}
