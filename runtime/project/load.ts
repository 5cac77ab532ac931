import path from 'node:path';
import type { OperatorSettings } from '#runtime/operator.ts';
import type { Route } from '#runtime/router/route.ts';
import { type Limits, limits } from '#runtime/settings.ts';
import type { GuestSpec } from '#runtime/worker/guest.ts';
import { type WorkerLimits, workerLimits } from '#runtime/worker-limits.ts';
import { type FolderContext, resolveFolders } from './folders.ts';
import { missingProblem } from './languages.ts';
import { missingLanguages } from './missing-languages.ts';
import { scanProject, type WorkerFile } from './scan.ts';
import { type ConfigFile, loadWorkerConfig, NO_CONFIG } from './worker-config.ts';

export interface LoadOptions extends FolderContext {
  readonly root: string;
  readonly ignore: readonly string[];
  /** What `$NAME` in `[vars]` refers to. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly limits?: Limits;
  readonly operator?: OperatorSettings;
  /** A copy of a worker's file to run in its place. */
  readonly sourceOf?: (name: string) => string | undefined;
  /** In place of `resolveFolders`, where volumes are not there that a container will have. */
  readonly foldersOf?: typeof resolveFolders;
}

/** A worker and its route: ready to be loaded, or with the reason why each request to it answers 500. */
export interface ProjectWorker {
  /** Path below the project's root. */
  readonly name: string;
  readonly route: Route;
  readonly guest: GuestSpec | WorkerProblem;
}

/** Why a worker cannot run. */
export interface WorkerProblem {
  readonly problem: string;
  /** Whoever asks for the worker may know: it says nothing about the project. */
  readonly isPublic?: boolean;
}

export interface LoadedProject {
  readonly root: string;
  readonly workers: readonly ProjectWorker[];
  readonly publicDirectory: string | undefined;
  /** One line each, for the log. */
  readonly warnings: readonly string[];
}

/** Scans a project and reads every worker's configuration. One bad worker does not touch the others. */
export async function loadProject(options: LoadOptions): Promise<LoadedProject> {
  const caps = options.limits ?? limits();
  const project = await scanProject({
    root: options.root,
    ignore: options.ignore,
    mounts: options.mounts.map((mount) => mount.path),
    limits: caps,
  });
  const warnings = [...project.warnings];
  const workers: ProjectWorker[] = [];
  const namespaces = new Set<string>();
  warnings.push(...missingLanguages(project.workers));
  for (const file of project.workers) {
    const loaded = await loadWorker(file, project.root, options, caps, namespaces);
    warnings.push(...loaded.warnings);
    workers.push(loaded.worker);
  }
  return { root: project.root, workers, publicDirectory: project.publicDirectory, warnings };
}

async function loadWorker(
  file: WorkerFile,
  root: string,
  options: LoadOptions,
  caps: Limits,
  namespaces: Set<string>,
): Promise<{ worker: ProjectWorker; warnings: readonly string[] }> {
  const { name, route, language } = file;
  // Said once for all workers of the language.
  if (language.kind === 'missing')
    return {
      worker: { name, route, guest: { problem: missingProblem(language), isPublic: true } },
      warnings: [],
    };
  try {
    const config =
      file.config === undefined
        ? NO_CONFIG
        : await loadWorkerConfig(configFile(file.config, root), options.environment, caps.configBytes);
    const directory = path.dirname(path.join(root, name));
    const folders = await (options.foldersOf ?? resolveFolders)(config.folders, directory, options);
    const { vars, http, binaryBodies, snapshot, kv } = config;
    if (kv !== undefined) {
      if (!namespaces.has(kv.namespace) && namespaces.size >= caps.kvNamespaces)
        throw new Error(`there are ${namespaces.size} K/V namespaces already`);
      namespaces.add(kv.namespace);
    }
    const { limits: own, reduced } = lowered(config.limits, workerLimits(options.operator?.limits));
    const guest: GuestSpec = {
      language: language.kind,
      ...(language.kind === 'interpreted' ? { interpreter: language.interpreter } : {}),
      file: options.sourceOf?.(name) ?? file.file,
      name,
      root,
      vars,
      folders,
      limits: own,
      http,
      binaryBodies,
      ...(snapshot ? {} : { snapshot }),
      kv,
    };
    const warnings = reduced.map(
      (limit) => `In worker "${name}": "limits.${limit}" is more than it may have`,
    );
    return { worker: { name, route, guest }, warnings: [...config.warnings, ...warnings] };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {
      worker: { name, route, guest: { problem: reason } },
      warnings: [`Cannot load worker "${name}": ${reason}`],
    };
  }
}

/** A configuration can take away, not give: what is more than `most` is cut to it. */
function lowered(
  written: Partial<WorkerLimits>,
  most: WorkerLimits,
): { limits: WorkerLimits; reduced: readonly string[] } {
  const entries = Object.entries(most).map(([name, value]): [string, number] => [
    name,
    Math.min(written[name as keyof WorkerLimits] ?? value, value),
  ]);
  const reduced = Object.entries(written)
    .filter(([name, value]) => value > most[name as keyof WorkerLimits])
    .map(([name]) => name);
  return { limits: Object.fromEntries(entries) as WorkerLimits, reduced };
}

function configFile(file: string, root: string): ConfigFile {
  return { file, name: path.relative(root, file) };
}
