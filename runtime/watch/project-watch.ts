import type { Project } from '#runtime/project/scan.ts';
import { systemReason } from '#runtime/system-reason.ts';
import { DirectoryWatch } from './directory-watch.ts';
import { type Changes, changesBetween, countOf, type Fingerprint } from './fingerprint.ts';
import { directoriesTo, ImportedFiles, type Sources } from './imported-files.ts';

export interface ProjectWatchOptions {
  readonly scan: () => Promise<Project>;
  /** What is served now, as it was seen before it was read. */
  readonly served: Fingerprint;
  readonly take: (project: Project) => Promise<Fingerprint>;
  /**
   * Serves what is there now, unless `isCurrent` answers no when that is loaded; answers whether it does. Called
   * once at a time.
   */
  readonly reload: (changes: Changes, isCurrent: (sources: Sources) => Promise<boolean>) => Promise<boolean>;
  /** What the workers that are served now import, as far as they are loaded. */
  readonly sources: () => Sources;
  /** Settles when those of the first ones are known. */
  readonly loaded: Promise<void>;
  /** A worker cannot run, maybe for want of something that is no worker: then new directories count as well. */
  readonly isBroken: () => boolean;
  readonly onReload: (changes: Changes, milliseconds: number) => void;
  readonly onProblem: (message: string) => void;
  /** Looks every so many milliseconds instead of waiting to be told, where nothing tells (network drives). */
  readonly pollMs?: number;
}

/** A save is several changes, and several files are saved at once: so long nothing may change. */
const QUIET_MS = 40;

/** But where something always changes, it is looked at so often all the same. */
const LONGEST_MS = 500;

/** How often to look where there is no other way to know. */
const POLL_MS = 1_000;

/** Reloads a project when its workers or their configurations change. */
export class ProjectWatch implements AsyncDisposable {
  readonly #options: ProjectWatchOptions;
  readonly #directories: DirectoryWatch | undefined;
  readonly #imported = new ImportedFiles();
  #served: Fingerprint;
  #directoryNames = '';
  #timer: NodeJS.Timeout | undefined;
  /** When the first change came that was not looked at yet. */
  #since: number | undefined;
  #pollMs: number | undefined;
  #working: Promise<void> | undefined;
  /** The last attempt failed, and that was said. */
  #hasFailed = false;
  #isClosed = false;

  private constructor(options: ProjectWatchOptions) {
    this.#options = options;
    this.#served = options.served;
    this.#pollMs = options.pollMs;
    if (this.#pollMs === undefined) this.#directories = new DirectoryWatch(() => this.#noticed());
  }

  /** Resolves when every change from now on will be noticed. Rejects when the project cannot be read. */
  static async start(options: ProjectWatchOptions): Promise<ProjectWatch> {
    const watch = new ProjectWatch(options);
    const project = await watch.#scan();
    watch.#moved(project);
    // What changed before the watches were there.
    watch.#noticed();
    void options.loaded.then(() => watch.#noticed());
    return watch;
  }

  /** Stops; a reload that is under way is waited for. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#directories?.[Symbol.dispose]();
    await this.#working;
  }

  #noticed(): void {
    if (this.#isClosed) return;
    this.#since ??= performance.now();
    if (this.#working !== undefined) return;
    const left = Math.max(0, LONGEST_MS - (performance.now() - this.#since));
    this.#lookIn(Math.min(QUIET_MS, left));
  }

  #poll(): void {
    if (this.#pollMs !== undefined) this.#lookIn(this.#pollMs);
  }

  #lookIn(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#since = undefined;
      this.#working = this.#look().finally(() => {
        this.#working = undefined;
        if (this.#isClosed) return;
        if (this.#since !== undefined) this.#noticed();
        // The project's directory may be on its way to be made anew: nothing tells when it is.
        else if (this.#hasFailed) this.#lookIn(POLL_MS);
        else this.#poll();
      });
    }, milliseconds);
  }

  async #look(): Promise<void> {
    try {
      const project = await this.#scan();
      const prints = await this.#options.take(project);
      const changes = await this.#changes(project, prints, this.#options.sources());
      const isElsewhere = this.#moved(project) && this.#options.isBroken();
      if (!this.#isClosed && (countOf(changes) > 0 || isElsewhere)) {
        const began = performance.now();
        const isServed = await this.#options.reload(changes, (sources) => this.#isAsIn(prints, sources));
        if (isServed) {
          this.#served = prints;
          this.#options.onReload(changes, performance.now() - began);
        }
        // Another look, too, where other directories have something to watch now.
        if (!isServed || this.#use(this.#directoriesOf(project))) this.#since ??= performance.now();
      }
      this.#hasFailed = false;
    } catch (error) {
      const problem = `Cannot reload, so what was there is still served: ${systemReason(error)}`;
      if (!this.#hasFailed) this.#options.onProblem(problem);
      this.#hasFailed = true;
    }
  }

  async #changes(project: Project, now: Fingerprint, sources: Sources): Promise<Changes> {
    const { added, changed, removed } = changesBetween(this.#served, now);
    const imported = await this.#imported.changed(project.root, sources);
    const others = imported.filter((name) => !now.has(name));
    return { added, changed: [...changed, ...others], removed };
  }

  /** Half of several saves is nothing anybody wants to see served. */
  async #isAsIn(prints: Fingerprint, sources: Sources): Promise<boolean> {
    const project = await this.#scan();
    const now = await this.#options.take(project);
    const imported = await this.#imported.changed(project.root, sources);
    return countOf(changesBetween(prints, now)) === 0 && imported.length === 0;
  }

  /** Whether there are other directories than the last time. */
  #moved(project: Project): boolean {
    const names = project.directories.join('\n');
    const isMoved = names !== this.#directoryNames;
    this.#directoryNames = names;
    return isMoved;
  }

  /** Scans until every directory was watched before it was read. */
  async #scan(): Promise<Project> {
    for (;;) {
      const project = await this.#options.scan();
      if (!this.#use(this.#directoriesOf(project))) return project;
    }
  }

  /** Where something may change that is served. */
  #directoriesOf(project: Project): readonly string[] {
    return [...project.directories, ...directoriesTo(project.root, this.#options.sources())];
  }

  /** Watches these; answers whether any was not watched before. */
  #use(directories: readonly string[]): boolean {
    if (this.#pollMs !== undefined) return false;
    try {
      return this.#directories?.use(directories) ?? false;
    } catch (error) {
      this.#directories?.[Symbol.dispose]();
      this.#pollMs = POLL_MS;
      this.#options.onProblem(
        `Cannot watch ${directories.length} directories, so they are looked at every ${POLL_MS / 1000} s: ${exhausted(error)}`,
      );
      return false;
    }
  }
}

function exhausted(error: unknown): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOSPC':
      return 'this user has no inotify watch left (raise the sysctl fs.inotify.max_user_watches)';
    case 'EMFILE':
      return 'no inotify instance or file descriptor is left (raise the sysctl fs.inotify.max_user_instances)';
    default:
      return systemReason(error);
  }
}
