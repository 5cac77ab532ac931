import { oneLine } from '#runtime/server/log-text.ts';

/** A runtime in the list. */
export interface RuntimeRow {
  readonly name: string;
  readonly version: string;
  readonly tags: readonly string[];
  readonly extensions: readonly string[];
  readonly binary: string;
  /** Undefined for what is built in. */
  readonly repository?: string;
  readonly status: 'built in' | 'installed' | 'not installed' | 'available';
}

/** What needs no installation. */
export const BUILT_IN: readonly RuntimeRow[] = [
  {
    name: 'javascript',
    version: '-',
    tags: [],
    extensions: ['js', 'ts'],
    binary: 'QuickJS',
    status: 'built in',
  },
  { name: 'wasm', version: '-', tags: [], extensions: ['wasm'], binary: '-', status: 'built in' },
];

const HEAD: readonly string[] = ['Name', 'Version', 'Tags', 'Extension', 'Binary', 'Status'];

/** In columns. */
export function runtimeTable(rows: readonly RuntimeRow[]): string {
  const lines = [HEAD, ...rows.map(cellsOf)];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)));
  return lines
    .map((cells) =>
      cells
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Tags and extensions are whatever an index says. */
function cellsOf({ name, version, tags, extensions, binary, status }: RuntimeRow): readonly string[] {
  const dotted = extensions.map((extension) => `.${extension}`).join(', ');
  return [name, version, oneLine(tags.join(', ')) || '-', oneLine(dotted), binary, status];
}
