import { ImageError } from '../errors.ts';
import { type AppRoutes, appRoutes } from './app-routes.ts';
import { type CheckedModule, checkCompiled } from './check-module.ts';
import { type AppContent, readApp } from './read-app.ts';
import { looksSecret } from './secret-names.ts';
import { type SizePart, sizeParts } from './size-parts.ts';

/** Something to be told of an app, with its place where that is known. */
export interface Finding {
  readonly message: string;
  /** Below the app's directory. */
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
}

/** What is right and wrong with an app. */
export interface AppCheck {
  /** Why it would not build, or not serve all of its workers. */
  readonly problems: readonly Finding[];
  readonly warnings: readonly Finding[];
  readonly routes: AppRoutes;
  readonly modules: readonly CheckedModule[];
  /** Paths of files that look like secrets by their names. */
  readonly secrets: readonly string[];
  /** Paths that stay out of the image. */
  readonly leftOut: readonly string[];
  readonly size: readonly SizePart[];
}

/** Messages of the runtime that say of a worker, or of `.wws.toml`, that it has no effect. */
const FAILURE = /^(Cannot|Ignoring) /;

/** How the runtime writes a place in a configuration. */
const PLACE = /(?:^|: )([^:"]+\.toml):(\d+):(\d+): /;

/**
 * Looks at an app as a build and a container of it would, and runs nothing.
 * @throws {ImageError} `not-found` for the directory itself
 */
export async function checkApp(directory: string, signal?: AbortSignal): Promise<AppCheck> {
  const { content, problem } = await read(directory, signal);
  const routes = await appRoutes({ directory, root: directory });
  const modules: CheckedModule[] = [];
  // One after another: each may need much memory to be compiled.
  for (const module of routes.modules) {
    signal?.throwIfAborted();
    modules.push(await checkCompiled(module));
  }
  const failures = routes.warnings.filter((line) => FAILURE.test(line));
  const nothing = 'There is no worker and no public/ here: every request would be answered 404';
  const problems = [
    ...(problem === undefined ? [] : [problem]),
    ...failures,
    ...modules.flatMap((module) => module.problem ?? []),
    ...(routes.served.length === 0 && !routes.hasPublic ? [nothing] : []),
  ];
  const secrets = content.entries
    .filter(({ kind, path }) => kind !== 'directory' && looksSecret(path))
    .map(({ path }) => path);
  const warnings = [
    ...routes.warnings.filter((line) => !FAILURE.test(line)),
    ...routes.shadowed.map(
      ({ path, worker, by }) => `"${worker}" is never reached: "${by}" has the route "${path}"`,
    ),
    ...modules.flatMap((module) => module.warnings),
    ...content.warnings,
    ...secrets.map((path) => `"${path}" looks like a secret, and is in the image${published(path)}`),
  ];
  return {
    problems: problems.map(findingOf),
    warnings: warnings.map(findingOf),
    ...{ routes, modules, secrets },
    leftOut: content.leftOut,
    size: sizeParts(content.entries),
  };
}

/** What would not build is a finding; that there is nothing to look at is an error. */
async function read(
  directory: string,
  signal: AbortSignal | undefined,
): Promise<{ readonly content: AppContent; readonly problem?: string }> {
  try {
    return { content: await readApp(directory, { signal }) };
  } catch (error) {
    if (!(error instanceof ImageError && error.code === 'app-invalid')) throw error;
    return { content: { entries: [], leftOut: [], warnings: [] }, problem: error.message };
  }
}

function published(path: string): string {
  return path.startsWith('public/') ? ', in public/: whoever asks gets it' : '';
}

function findingOf(message: string): Finding {
  const [, file, line, column] = PLACE.exec(message) ?? [];
  if (file === undefined) return { message };
  return { message, file, line: Number(line), column: Number(column) };
}
