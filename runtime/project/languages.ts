import type { Interpreter } from '#runtime/languages/interpreter.ts';

/** What runs a worker. */
export type Language =
  | { readonly kind: 'javascript' | 'wasm' }
  | { readonly kind: 'interpreted'; readonly interpreter: Interpreter }
  | MissingLanguage;

/** A language that has to be installed, and is not. */
export interface MissingLanguage {
  readonly kind: 'missing';
  readonly name: string;
  /** `.wws.toml` names it with this version, but its files are not there. */
  readonly named?: string;
  /** What `wws runtimes install` takes for it; empty where it takes that from `.wws.toml`. */
  readonly install: string;
}

/** By extension, with its dot. */
export type LanguageTable = ReadonlyMap<string, Language>;

/** What wws comes with, and what its own repository has (runtime/runtimes/repository). */
export const KNOWN_LANGUAGES: LanguageTable = new Map<string, Language>([
  ['.js', { kind: 'javascript' }],
  ['.mjs', { kind: 'javascript' }],
  ['.ts', { kind: 'javascript' }],
  ['.mts', { kind: 'javascript' }],
  ['.wasm', { kind: 'wasm' }],
  ['.py', { kind: 'missing', name: 'python', install: 'python 3.12' }],
  ['.rb', { kind: 'missing', name: 'ruby', install: 'ruby 3.4' }],
]);

/** What is wrong with a worker in a language that is not installed, and what to do. */
export function missingProblem({ name, named, install }: MissingLanguage): string {
  const what = named === undefined ? 'is not installed' : `${named} is named in .wws.toml, but not installed`;
  return `the language "${name}" ${what} (run "${`wws runtimes install ${install}`.trimEnd()}")`;
}

/** A file of TypeScript that has nothing but declarations. */
export function isDeclaration(fileName: string): boolean {
  return /\.d\.m?ts$/.test(fileName);
}
