import path from 'node:path';

/** What a project's own modules end in. */
const EXTENSIONS: ReadonlySet<string> = new Set(['.js', '.mjs', '.ts', '.mts', '.json']);

/** Why files that look like modules are none. */
const NOT_LOADED: Readonly<Record<string, string>> = {
  '.cjs': 'CommonJS is not supported: make it an ES module, or bundle the worker',
  '.cts': 'CommonJS is not supported: make it an ES module, or bundle the worker',
  '.jsx': 'JSX is not supported: bundle the worker',
  '.tsx': 'JSX is not supported: bundle the worker',
};

/** What the names of the prelude's own modules begin with; no file of a project is a module by such a name. */
export const PRELUDE = 'wws:';

/** The name of the prelude's module that one of them imports as `specifier`, `./x.js`. */
export function preludeModule(specifier: string): string {
  return PRELUDE + specifier.replace(/^\.\/|\.js$/g, '');
}

/** Modules of the prelude that workers may import, by the names that Node has for them. */
const BUILT_IN: ReadonlyMap<string, string> = new Map([
  ['node:fs', 'wws:fs'],
  ['node:fs/promises', 'wws:fs-promises'],
  ['fs', 'wws:fs'],
  ['fs/promises', 'wws:fs-promises'],
]);

const BUNDLE = 'bundle the worker into one file (npx esbuild worker.js --bundle --format=esm)';

/** A specifier that names no module; the message says why, and what to do. */
export class SpecifierError extends Error {
  override readonly name = 'SpecifierError';
}

/**
 * The module that `specifier` means in the module `importer`: one of the prelude's, or a path below the project's
 * root, as `importer` is. Nothing is looked up: whether there is such a file, and whether a link leads elsewhere, is
 * for whoever opens it.
 *
 * @throws SpecifierError
 */
export function moduleName(importer: string, specifier: string): string {
  const builtIn = BUILT_IN.get(specifier);
  if (builtIn !== undefined) return builtIn;
  if (!/^\.\.?(\/|$)/.test(specifier)) throw new SpecifierError(reasonAgainst(specifier));
  const name = path.posix.join(path.posix.dirname(importer), specifier);
  if (name === '..' || name.startsWith('../')) throw new SpecifierError('it lies outside of the project');
  // The engine knows the prelude's modules by such names, and gives what it has without asking anybody.
  if (name.startsWith(PRELUDE)) throw new SpecifierError('there is no such module');
  if (name.includes('\0')) throw new SpecifierError('it holds a NUL');
  return name;
}

/** Why the file `name` cannot be a module, whether or not it is there. */
export function unloadable(name: string): string | undefined {
  const extension = path.posix.extname(name);
  if (EXTENSIONS.has(extension)) return undefined;
  return NOT_LOADED[extension] ?? 'expected a name that ends in .js, .mjs, .ts, .mts or .json';
}

function reasonAgainst(specifier: string): string {
  if (specifier.startsWith('/')) return 'paths are relative to the importing file: begin with ./ or ../';
  if (/^node:/.test(specifier)) return 'of the modules of Node, workers have node:fs and node:fs/promises';
  if (specifier.startsWith(PRELUDE)) return 'there is no such module';
  if (/^[a-z][a-z0-9+.-]*:/i.test(specifier)) {
    return 'modules are files of the project: save it beside the worker, or fetch() it in a request';
  }
  return `packages are not looked up: ${BUNDLE}`;
}
