import { kvPage } from './kv-page.ts';
import { findWorker, projectView, workerView } from './project-view.ts';
import { KEPT_REQUESTS, type RecentRequests } from './recent-requests.ts';
import type { PanelSource } from './source.ts';
import type { CountsByWorker } from './worker-counts.ts';
import { WWS_UNKNOWN, wwsWorkerDetails, wwsWorkers } from './wws-api.ts';

/** What the panel answers a program with: JSON. */
export interface ApiAnswer {
  readonly status: 200 | 400 | 404 | 502;
  readonly body: unknown;
}

const NOT_FOUND: ApiAnswer = { status: 404, body: { error: 'Not found' } };

/**
 * The panel's API. All of it is read-only:
 *
 * ```
 * /_api/v1/project             every route, its worker and what that may reach
 * /_api/v1/workers/ID          one worker: variables (masked), limits, counts
 * /_api/v1/requests?after=N    requests that are over, after cursor N; `generation` changes with the project
 * /_api/v1/kv                  the store and its namespaces
 * /_api/v1/kv/entries?namespace=…&prefix=…&after=…
 * /_api/v0/workers[/ID]        as wws had them
 * ```
 */
export class PanelApi {
  readonly #source: PanelSource;
  readonly #recent: RecentRequests;
  readonly #counts: CountsByWorker;
  #seen: unknown;
  #generation = 0;

  constructor(source: PanelSource, recent: RecentRequests, counts: CountsByWorker) {
    this.#source = source;
    this.#recent = recent;
    this.#counts = counts;
  }

  async answer(path: string, query: URLSearchParams): Promise<ApiAnswer> {
    const source = this.#source;
    const [, version, kind, id] = /^\/_api\/(v[01])\/([a-z]+)(?:\/([\w-]+))?$/.exec(path) ?? [];
    switch (`${version}/${kind}${id === undefined ? '' : '/'}`) {
      case 'v0/workers':
        return { status: 200, body: wwsWorkers(source) };
      case 'v0/workers/': {
        const worker = findWorker(id ?? '', source);
        return worker === undefined
          ? { status: 404, body: WWS_UNKNOWN }
          : { status: 200, body: wwsWorkerDetails(worker, source.root) };
      }
      case 'v1/project':
        return { status: 200, body: { generation: this.#currentGeneration(), ...projectView(source) } };
      case 'v1/workers/': {
        const worker = findWorker(id ?? '', source);
        if (worker === undefined) return NOT_FOUND;
        return { status: 200, body: workerView(worker, source, this.#counts.of(worker.name)) };
      }
      case 'v1/requests':
        return this.#requests(query.get('after') ?? '0');
      case 'v1/kv':
        return await this.#namespaces();
      case 'v1/kv/':
        return id === 'entries' ? await this.#entries(query) : NOT_FOUND;
      default:
        return NOT_FOUND;
    }
  }

  #requests(after: string): ApiAnswer {
    if (!/^\d{1,15}$/.test(after)) return { status: 400, body: { error: '"after" must be a whole number' } };
    const page = this.#recent.after(Number(after), KEPT_REQUESTS);
    return { status: 200, body: { generation: this.#currentGeneration(), ...page } };
  }

  async #namespaces(): Promise<ApiAnswer> {
    const found = namespaces(this.#source);
    const store = found.length === 0 ? null : await this.#source.kv.name();
    return { status: 200, body: { store, namespaces: found } };
  }

  /** Only of namespaces that a worker has: the store may be shared with others. */
  async #entries(query: URLSearchParams): Promise<ApiAnswer> {
    const namespace = query.get('namespace') ?? '';
    const { kv } = this.#source;
    if (!namespaces(this.#source).some(({ name }) => name === namespace)) return NOT_FOUND;
    const at = { prefix: query.get('prefix') ?? '', after: query.get('after') ?? '' };
    try {
      return { status: 200, body: await kvPage(kv, namespace, at) };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { status: 502, body: { error: `Cannot read namespace "${namespace}": ${reason}` } };
    }
  }

  /** A list of workers that is another one is that of another project. */
  #currentGeneration(): number {
    if (this.#seen !== this.#source.workers) {
      this.#seen = this.#source.workers;
      this.#generation += 1;
    }
    return this.#generation;
  }
}

function namespaces({ workers }: PanelSource): readonly { name: string; workers: readonly string[] }[] {
  const found = new Map<string, string[]>();
  for (const { name, guest } of workers) {
    if ('problem' in guest || guest.kv === undefined) continue;
    const sharing = found.get(guest.kv.namespace);
    if (sharing === undefined) found.set(guest.kv.namespace, [name]);
    else sharing.push(name);
  }
  return [...found].map(([name, sharing]) => ({ name, workers: sharing }));
}
