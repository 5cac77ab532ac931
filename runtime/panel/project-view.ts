import { createHash } from 'node:crypto';
import path from 'node:path';
import type { ServedWorker } from '#runtime/server/served-route.ts';
import type { GuestSpec } from '#runtime/worker/guest.ts';
import {
  WORKER_LIMITS,
  type WorkerLimit,
  type WorkerLimitName,
  type WorkerLimits,
} from '#runtime/worker-limits.ts';
import { MASK } from './mask.ts';
import type { PanelSource } from './source.ts';
import type { WorkerCounts } from './worker-counts.ts';

/** All that is served, as a graph: file, route, and what the worker behind it may reach. */
export interface ProjectView {
  readonly root: string;
  readonly publicDirectory: string | null;
  /** In the order they are asked. */
  readonly routes: readonly RouteView[];
}

export interface RouteView {
  /** SHA-256 of the file's path, in hex: the id wws gave it. */
  readonly id: string;
  readonly route: string;
  readonly file: string;
  /** Null for a worker that has no configuration to run by. */
  readonly language: string | null;
  /** Why it answers 500. */
  readonly problem: string | null;
  readonly folders: readonly FolderView[];
  readonly kv: string | null;
  readonly hosts: readonly string[];
}

export interface FolderView {
  /** As the worker sees it, and where it really is. */
  readonly to: string;
  readonly from: string;
  readonly writable: boolean;
}

/** One worker with all that is known of it. */
export interface WorkerView extends RouteView {
  readonly methods: readonly string[];
  readonly allowHttp: boolean;
  readonly kvConsistency: string | null;
  /** Names; no value leaves the process. */
  readonly vars: readonly { readonly name: string; readonly value: string }[];
  readonly limits: readonly LimitView[];
  readonly counts: WorkerCounts;
}

export interface LimitView {
  readonly name: string;
  readonly value: number;
  readonly unit: WorkerLimit['unit'];
  /** How often it was met. */
  readonly met: number;
}

export function projectView(source: PanelSource): ProjectView {
  const { root, publicDirectory, workers } = source;
  return {
    root,
    publicDirectory: publicDirectory === undefined ? null : path.relative(root, publicDirectory),
    routes: workers.map((worker) => routeView(worker, source)),
  };
}

export function workerView(worker: ServedWorker, source: PanelSource, counts: WorkerCounts): WorkerView {
  const spec = specOf(worker);
  return {
    ...routeView(worker, source),
    methods: spec === undefined || spec.http.allowedHosts.length === 0 ? [] : spec.http.allowedMethods,
    allowHttp: spec?.http.allowHttp ?? false,
    kvConsistency: spec?.kv?.consistency ?? null,
    vars: Object.keys(spec?.vars ?? {}).map((name) => ({ name, value: MASK })),
    limits: spec === undefined ? [] : limitViews(spec.limits, counts),
    counts,
  };
}

export function findWorker(id: string, { root, workers }: PanelSource): ServedWorker | undefined {
  return workers.find((worker) => workerId(root, worker) === id);
}

/** Ten thousand workers are looked through by it, each second. */
const ids = new WeakMap<ServedWorker, string>();

export function workerId(root: string, worker: ServedWorker): string {
  const known = ids.get(worker);
  if (known !== undefined) return known;
  const id = createHash('sha256').update(path.join(root, worker.name)).digest('hex');
  ids.set(worker, id);
  return id;
}

function limitViews(limits: WorkerLimits, counts: WorkerCounts): readonly LimitView[] {
  return Object.entries(WORKER_LIMITS).map(([name, { unit }]) => ({
    name,
    value: limits[name as WorkerLimitName],
    unit,
    met: counts.limits[name] ?? 0,
  }));
}

function routeView(worker: ServedWorker, { root, problems }: PanelSource): RouteView {
  const spec = specOf(worker);
  const problem = 'problem' in worker.guest ? worker.guest.problem : problems.get(worker.name);
  return {
    id: workerId(root, worker),
    route: worker.path,
    file: worker.name,
    language: spec === undefined ? null : languageOf(spec),
    problem: problem ?? null,
    folders: (spec?.folders ?? []).map(({ guestPath, hostPath, writable }) => ({
      to: guestPath,
      from: hostPath,
      writable,
    })),
    kv: spec?.kv?.namespace ?? null,
    hosts: spec?.http.allowedHosts ?? [],
  };
}

/** With the version of what was installed. */
function languageOf({ language, interpreter }: GuestSpec): string {
  return interpreter === undefined ? language : `${interpreter.name} ${interpreter.version}`;
}

function specOf({ guest }: ServedWorker): Exclude<ServedWorker['guest'], { problem: string }> | undefined {
  return 'problem' in guest ? undefined : guest;
}
