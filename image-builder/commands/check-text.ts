import type { AppCheck, Finding } from '../app/check-app.ts';
import type { CheckedModule } from '../app/check-module.ts';
import type { SizePart } from '../app/size-parts.ts';
import { bar } from '../output/bar.ts';
import { columns } from '../output/columns.ts';
import { sizeText } from '../output/size.ts';
import { counted, routeLines } from './inspection-text.ts';

/** Cells of the longest bar. */
const BAR_WIDTH = 30;

interface Style {
  /** Whether bars may be drawn in more than ASCII. */
  readonly isUnicode: boolean;
}

/** What `wasm-image check` prints for people: what is wrong comes last, where they look first. */
export function checkText(directory: string, check: AppCheck, style: Style): string {
  const { problems, warnings, routes, modules, leftOut, size } = check;
  const paragraphs = [
    columns([['app', directory]]),
    routeLines(routes),
    moduleLines(modules),
    sizeLines(size, style),
    listed('left out', leftOut),
    findingLines(warnings, 'warning'),
    findingLines(problems, 'problem'),
    problems.length === 0 ? ['It would build and serve. The code of workers was not run.'] : [],
  ];
  return paragraphs
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

function moduleLines(modules: readonly CheckedModule[]): readonly string[] {
  if (modules.length === 0) return [];
  const rows = modules.map((module) => [module.worker, importsText(module)]);
  return [counted(modules.length, 'compiled worker'), ...columns(rows, { indent: '  ' })];
}

/** Of what there is the number will do. */
function importsText({ imports, missing, problem }: CheckedModule): string {
  if (missing.length > 0) return `imports what there is not: ${missing.join(', ')}`;
  if (problem !== undefined) return 'cannot load';
  return imports.length === 0
    ? 'imports nothing'
    : `imports ${counted(imports.length, 'function')}, all there`;
}

function sizeLines(parts: readonly SizePart[], { isUnicode }: Style): readonly string[] {
  if (parts.length === 0) return [];
  const total = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  const files = parts.reduce((sum, part) => sum + part.files, 0);
  const most = Math.max(1, ...parts.map(({ bytes }) => bytes));
  const rows = parts.map(({ name, files: own, bytes }) => [
    name,
    sizeText(bytes),
    counted(own, 'file'),
    bar(bytes / most, BAR_WIDTH, isUnicode),
  ]);
  return [
    `${sizeText(total)} in ${counted(files, 'file')}, uncompressed`,
    ...columns(rows, { indent: '  ', right: [1, 2] }),
  ];
}

function findingLines(findings: readonly Finding[], what: string): readonly string[] {
  return listed(
    counted(findings.length, what),
    findings.map(({ message }) => message),
  );
}

function listed(title: string, items: readonly string[]): readonly string[] {
  if (items.length === 0) return [];
  const rows = items.map((item) => [item]);
  return [title, ...columns(rows, { indent: '  ' })];
}
