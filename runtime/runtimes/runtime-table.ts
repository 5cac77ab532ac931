import { KNOWN_LANGUAGES, type Language } from '#runtime/project/languages.ts';
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

const UNNAMED = { version: '-', tags: [], status: 'built in' } as const;

function extensionsOf(kind: Language['kind']): readonly string[] {
  return [...KNOWN_LANGUAGES]
    .filter(([, language]) => language.kind === kind)
    .map(([dotted]) => dotted.slice(1));
}

/** What needs no installation. */
export const BUILT_IN: readonly RuntimeRow[] = [
  { name: 'javascript', ...UNNAMED, extensions: extensionsOf('javascript'), binary: 'QuickJS' },
  { name: 'wasm', ...UNNAMED, extensions: extensionsOf('wasm'), binary: '-' },
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
