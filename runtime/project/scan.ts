import type { Dirent } from 'node:fs';
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { compareText } from '#runtime/router/order.ts';
import { type Route, routeOfFile } from '#runtime/router/route.ts';
import { type Limits, limits } from '#runtime/settings.ts';
import { systemReason } from '#runtime/system-reason.ts';
import { type InstalledLanguages, installedLanguages } from './installed-languages.ts';
import { isDeclaration, type Language, type LanguageTable } from './languages.ts';

export interface ScanOptions {
  /** Directory of the project. */
  readonly root: string;
  /** Globs relative to the root; what matches is no worker and is not descended into. */
  readonly ignore?: readonly string[];
  /**
   * Absolute paths that are mounts: not searched, unless the root lies in them. A file that is one was put there by
   * itself, and counts.
   */
  readonly mounts?: readonly string[];
  readonly limits?: Pick<Limits, 'projectDepth' | 'projectEntries' | 'projectWorkers'>;
}

export interface WorkerFile {
  /** Path below the root with `/` between components, as shown to people. */
  readonly name: string;
  /** Absolute, without symbolic links. */
  readonly file: string;
  readonly language: Language;
  readonly route: Route;
  /** The configuration beside it, when there is one. */
  readonly config: string | undefined;
}

export interface Project {
  /** Absolute, without symbolic links. */
  readonly root: string;
  /** Sorted by name. */
  readonly workers: readonly WorkerFile[];
  /** `public/` of the root, when it is there. */
  readonly publicDirectory: string | undefined;
  readonly installed: InstalledLanguages;
  /** Those that were searched, absolute, the root first: where workers come and go. */
  readonly directories: readonly string[];
  /** What was left out and why, one line each. */
  readonly warnings: readonly string[];
}

/**
 * Finds the workers of a project (wws "Discovery"). Not searched: `public`, `node_modules`, names with a
 * leading `.` or `_`, other filesystems. Symbolic links to directories are not followed; those to files
 * count when they lead to a file inside the root. Rejects when `root` is no readable directory.
 */
export async function scanProject(options: ScanOptions): Promise<Project> {
  const root = await realpath(options.root);
  const { dev } = await stat(root);
  const top = await readdir(root, { withFileTypes: true });
  const installed = await installedLanguages(root);
  const search = new Search(root, dev, installed.languages, options);
  await search.directory('', top, 1);
  const hasPublic = top.some((entry) => entry.name === 'public' && entry.isDirectory());
  return {
    root,
    workers: search.workers.sort((a, b) => compareText(a.name, b.name)),
    publicDirectory: hasPublic ? path.join(root, 'public') : undefined,
    directories: search.directories,
    installed,
    warnings: [...installed.warnings, ...search.warnings],
  };
}

class Search {
  readonly workers: WorkerFile[] = [];
  readonly warnings: string[] = [];
  readonly directories: string[] = [];
  readonly #root: string;
  readonly #dev: number;
  readonly #languages: LanguageTable;
  readonly #ignore: readonly string[];
  readonly #mounts: readonly string[];
  readonly #caps: Pick<Limits, 'projectDepth' | 'projectEntries' | 'projectWorkers'>;
  #entries = 0;
  #full = false;

  constructor(root: string, dev: number, languages: LanguageTable, options: ScanOptions) {
    this.#root = root;
    this.#dev = dev;
    this.#languages = languages;
    this.#ignore = options.ignore ?? [];
    this.#mounts = options.mounts ?? [];
    this.#caps = options.limits ?? limits();
  }

  async directory(below: string, entries: readonly Dirent[], depth: number): Promise<void> {
    this.directories.push(path.join(this.#root, below));
    const names = new Set(entries.map((entry) => entry.name));
    for (const entry of entries.toSorted((a, b) => compareText(a.name, b.name))) {
      if (this.#full || !this.#count()) return;
      const name = below === '' ? entry.name : `${below}/${entry.name}`;
      if (entry.name.startsWith('_') || this.#isIgnored(name)) continue;
      if (entry.isDirectory()) await this.#enter(name, entry.name, depth);
      else if (entry.isFile() || entry.isSymbolicLink()) await this.#file(name, entry, names);
    }
  }

  async #enter(name: string, base: string, depth: number): Promise<void> {
    if (base.startsWith('.') || base === 'public' || base === 'node_modules') return;
    const directory = path.join(this.#root, name);
    if (this.#mounts.includes(directory)) return;
    if (depth >= this.#caps.projectDepth) {
      this.warnings.push(
        `Not searched "${name}": it lies deeper than ${this.#caps.projectDepth} directories`,
      );
      return;
    }
    try {
      if ((await lstat(directory)).dev !== this.#dev) return;
      await this.directory(name, await readdir(directory, { withFileTypes: true }), depth + 1);
    } catch (error) {
      this.warnings.push(`Cannot search "${name}": ${systemReason(error)}`);
    }
  }

  async #file(name: string, entry: Dirent, siblings: ReadonlySet<string>): Promise<void> {
    const { name: stem, ext } = path.parse(entry.name);
    const language = this.#languages.get(ext);
    if (language === undefined || stem === '' || isDeclaration(entry.name)) return;
    const file = await this.#regularFile(name, entry.isSymbolicLink());
    if (file === undefined) return;
    const route = routeOfFile(name);
    if ('problem' in route) {
      this.warnings.push(`Cannot route worker "${name}": ${route.problem}`);
      return;
    }
    if (this.workers.length >= this.#caps.projectWorkers) {
      this.#stop(`${this.#caps.projectWorkers} workers`);
      return;
    }
    const config = `${stem}.toml`;
    const directory = path.dirname(path.join(this.#root, name));
    this.workers.push({
      name,
      file,
      language,
      route,
      config: siblings.has(config) ? path.join(directory, config) : undefined,
    });
  }

  /** The file itself, or what a link leads to when that is a file inside the root. */
  async #regularFile(name: string, isLink: boolean): Promise<string | undefined> {
    const file = path.join(this.#root, name);
    if (!isLink) return file;
    try {
      const target = await realpath(file);
      if (!isWithin(target, this.#root)) {
        this.warnings.push(`Cannot serve worker "${name}": the link leads out of the project`);
        return undefined;
      }
      if (this.#mounts.some((mount) => isWithin(target, mount) && !isWithin(this.#root, mount))) {
        this.warnings.push(`Cannot serve worker "${name}": the link leads into a mount`);
        return undefined;
      }
      const status = await lstat(target);
      return status.isFile() && status.dev === this.#dev ? target : undefined;
    } catch (error) {
      this.warnings.push(`Cannot serve worker "${name}": ${systemReason(error)}`);
      return undefined;
    }
  }

  #isIgnored(name: string): boolean {
    return this.#ignore.some((glob) => path.posix.matchesGlob(name, glob));
  }

  #count(): boolean {
    this.#entries += 1;
    if (this.#entries > this.#caps.projectEntries)
      this.#stop(`${this.#caps.projectEntries} directory entries`);
    return !this.#full;
  }

  #stop(what: string): void {
    this.#full = true;
    this.warnings.push(`Search for workers stopped after ${what}: the rest of the project is not served`);
  }
}

function isWithin(target: string, directory: string): boolean {
  return target === directory || target.startsWith(directory === '/' ? '/' : `${directory}/`);
}
