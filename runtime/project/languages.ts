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
  /** With its version, as `wws runtimes install` takes it. */
  readonly runtime: string;
  /** Why not, where it is more than that nobody has installed it. */
  readonly reason?: string;
}

/** By extension, with its dot. */
export type LanguageTable = ReadonlyMap<string, Language>;

/** What wws comes with, and what its own repository has (runtime/runtimes/built-in.ts). */
export const KNOWN_LANGUAGES: LanguageTable = new Map<string, Language>([
  ['.js', { kind: 'javascript' }],
  ['.mjs', { kind: 'javascript' }],
  ['.ts', { kind: 'javascript' }],
  ['.mts', { kind: 'javascript' }],
  ['.wasm', { kind: 'wasm' }],
  ['.py', { kind: 'missing', name: 'python', runtime: 'python 3.12' }],
  ['.rb', { kind: 'missing', name: 'ruby', runtime: 'ruby 3.4' }],
]);

/** What is wrong with a worker in a language that is not installed, and what to do. */
export function missingProblem({ name, runtime, reason }: MissingLanguage): string {
  return `the language "${name}" is not installed${reason === undefined ? '' : `, ${reason}`} (run "wws runtimes install ${runtime}")`;
}

/** A file of TypeScript that has nothing but declarations. */
export function isDeclaration(fileName: string): boolean {
  return /\.d\.m?ts$/.test(fileName);
}
