import { expect } from 'vitest';

/** Workers of the project `e2e/apps/languages`, each in the folder of its language. */
export interface TableLanguage {
  readonly name: 'JavaScript' | 'Python' | 'Ruby' | 'Rust' | 'Go';
  readonly folder: string;
}

export const LANGUAGES: readonly TableLanguage[] = [
  { name: 'JavaScript', folder: 'javascript' },
  { name: 'Python', folder: 'python' },
  { name: 'Ruby', folder: 'ruby' },
  { name: 'Rust', folder: 'rust' },
  { name: 'Go', folder: 'go' },
];

/** Resolves with the body that a route answers, which must be a 200. */
export type Ask = (route: string) => Promise<string>;

export interface Feature {
  readonly name: string;
  /** Proves that the workers in `folder` have it; `upstream` is what the other server answers. */
  holds(ask: Ask, folder: string, upstream: string): Promise<void>;
}

/** What every language has, in the order of the columns in README.md. */
export const FEATURES: readonly Feature[] = [
  {
    name: 'K/V',
    async holds(ask, folder) {
      const before = Number(await ask(`${folder}/kv`));
      expect(await ask(`${folder}/kv`)).toBe(String(before + 1));
    },
  },
  {
    name: 'environment variables',
    async holds(ask, folder) {
      expect(await ask(`${folder}/env`)).toBe('good day');
    },
  },
  {
    name: 'dynamic routes',
    async holds(ask, folder) {
      expect([await ask(`${folder}/users/7`), await ask(`${folder}/users/a%20b`)]).toEqual(['7', 'a b']);
    },
  },
  {
    name: 'folders',
    async holds(ask, folder) {
      expect(await ask(`${folder}/folder`)).toBe('a note');
    },
  },
  {
    name: 'HTTP requests',
    async holds(ask, folder, upstream) {
      expect(await ask(`${folder}/http`)).toBe(upstream);
    },
  },
];

/** The table as README.md shows it. */
export function languageTable(): string {
  const row = (first: string, cells: readonly string[]): string => `|${[first, ...cells].join(' | ')} |\n`;
  return [
    row(
      '',
      FEATURES.map(({ name }) => name),
    ),
    `|${'---|'.repeat(FEATURES.length + 1)}\n`,
    ...LANGUAGES.map(({ name }) =>
      row(
        ` ${name}`,
        FEATURES.map(() => '✓'),
      ),
    ),
  ].join('');
}
