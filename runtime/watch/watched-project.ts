import { type Project, scanProject } from '#runtime/project/scan.ts';
import type { Log } from '#runtime/server/log.ts';
import type { ProjectServer } from '#runtime/server/project-server.ts';
import type { Changes, Fingerprint } from './fingerprint.ts';
import { KnownProblems } from './known-problems.ts';
import { ProjectWatch } from './project-watch.ts';
import { Snapshots } from './snapshots.ts';

export interface WatchedProjectOptions {
  readonly root: string;
  readonly ignore: readonly string[];
  readonly log: Log;
}

/** What a server needs for a project that changes (`SiteOptions`). */
interface Loading {
  readonly isNews: (problem: string) => boolean;
  readonly sourceOf: (name: string) => string | undefined;
}

/** A project that is reloaded when it changes, and says so in the log. */
export class WatchedProject implements Disposable {
  readonly #options: WatchedProjectOptions;
  readonly #snapshots: Snapshots;
  readonly #first: Fingerprint;
  readonly #problems = new KnownProblems();

  private constructor(options: WatchedProjectOptions, snapshots: Snapshots, first: Fingerprint) {
    this.#options = options;
    this.#snapshots = snapshots;
    this.#first = first;
  }

  /** To be made before the server: no change may fall in between. */
  static async make(options: WatchedProjectOptions): Promise<WatchedProject> {
    const snapshots = await Snapshots.make();
    try {
      return new WatchedProject(options, snapshots, await snapshots.take(await scan(options)));
    } catch (error) {
      snapshots[Symbol.dispose]();
      throw error;
    }
  }

  /** For the server, as long as it lives. */
  get loading(): Loading {
    return {
      isNews: (problem) => this.#problems.isNews(problem),
      sourceOf: (name) => this.#snapshots.sourceOf(name),
    };
  }

  /** `pollMs`: see `ProjectWatchOptions`. */
  async watch(server: ProjectServer, options: { readonly pollMs?: number }): Promise<ProjectWatch> {
    const { log } = this.#options;
    return await ProjectWatch.start({
      ...options,
      scan: () => scan(this.#options),
      served: this.#first,
      take: (project) => this.#snapshots.take(project),
      reload: (changes, isCurrent) => {
        this.#problems.reload(changes);
        return server.reload(isCurrent);
      },
      sources: () => server.sources,
      loaded: server.loaded,
      isBroken: () => server.routes.some((route) => route.problem !== undefined),
      onReload: (changes, milliseconds) => this.#say(changes, Math.round(milliseconds)),
      onProblem: (message) => log.line(message),
    });
  }

  #say(changes: Changes, ms: number): void {
    const { log } = this.#options;
    const { count } = this.#problems;
    if (log.format === 'json')
      log.record(JSON.stringify({ type: 'reload', ...changes, ms, problems: count }));
    else log.line(`Reloaded in ${ms} ms${listed(changes)}${problemsLeft(count)}`);
  }

  [Symbol.dispose](): void {
    this.#snapshots[Symbol.dispose]();
  }
}

async function scan({ root, ignore }: WatchedProjectOptions): Promise<Project> {
  return await scanProject({ root, ignore });
}

function problemsLeft(count: number): string {
  if (count === 0) return '';
  return count === 1 ? ' (1 problem)' : ` (${count} problems)`;
}

/** More than a glance can take in is counted. */
const MOST_NAMES = 5;

function listed({ added, changed, removed }: Changes): string {
  const names = [
    ...added.map((name) => `added ${name}`),
    ...changed.map((name) => `changed ${name}`),
    ...removed.map((name) => `removed ${name}`),
  ];
  if (names.length === 0) return '';
  const more = names.length - MOST_NAMES;
  return `: ${names.slice(0, MOST_NAMES).join(', ')}${more > 0 ? `, and ${more} more` : ''}`;
}
