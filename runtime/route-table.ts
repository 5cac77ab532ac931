import { styleText } from 'node:util';
import type { LogStyle } from './server/log.ts';
import { oneLine } from './server/log-text.ts';
import type { ServedRoute } from './server/served-route.ts';
import { formatBytes } from './wasi/limits.ts';
import { WORKER_LIMITS, type WorkerLimitName } from './worker-limits.ts';

/** What is served and where, once it listens. */
export interface Served {
  readonly root: string;
  readonly url: string;
  readonly format: LogStyle;
  readonly routes: readonly ServedRoute[];
  readonly publicDirectory: string | undefined;
}

/** Route and file of most projects; longer ones push their own line only. */
const MAX_WIDTH = 40;

/** For people a table in the order routes are asked; for programs one line of JSON. */
export function routeTable(served: Served): string {
  const { root, url, format, routes, publicDirectory } = served;
  if (format === 'json')
    return `${JSON.stringify({ type: 'listening', url, root, routes, publicDirectory })}\n`;
  const bold = (text: string): string => paint(format, 'bold', text);
  return `Serving ${oneLine(root)} at ${bold(url)}\n${routeLines(served).join('')}`;
}

/** The table alone. */
export function routeLines({ format, routes, publicDirectory }: Served): readonly string[] {
  const rows = routes.map((route) => ({ path: oneLine(route.path), file: oneLine(route.worker), route }));
  if (publicDirectory !== undefined)
    rows.push({ path: '/*', file: 'public/', route: { path: '', worker: '' } });
  if (rows.length === 0) return ['  no workers and no public/ here\n'];
  const pathWidth = Math.min(MAX_WIDTH, Math.max(...rows.map((row) => row.path.length)));
  const fileWidth = Math.min(MAX_WIDTH, Math.max(...rows.map((row) => row.file.length)));
  return rows.map(({ path, file, route }) => {
    const rights = rightsOf(route);
    const note =
      route.problem === undefined
        ? paint(format, 'dim', oneLine(rights))
        : paint(format, 'red', `cannot run: ${oneLine(route.problem)}`);
    return `  ${path.padEnd(pathWidth)}  ${file.padEnd(fileWidth)}  ${note}`.trimEnd().concat('\n');
  });
}

/** What runs a worker, and what it has beside its request. */
function rightsOf({ language, folders = [], kv, hosts = [], limits = {} }: ServedRoute): string {
  const parts: string[] = language === undefined ? [] : [language];
  if (folders.length > 0)
    parts.push(folders.map(({ path, writable }) => `${path}${writable ? '' : ' (read-only)'}`).join(', '));
  if (kv !== undefined) parts.push(`kv "${kv}"`);
  if (hosts.length > 0) parts.push(`http ${hosts.join(', ')}`);
  const changed = Object.entries(limits).map(([name, value]) => `${name} ${quantity(name, value)}`);
  return [...parts, ...changed].join('; ');
}

function quantity(name: string, value: number): string {
  const { unit } = WORKER_LIMITS[name as WorkerLimitName];
  if (unit === 'bytes') return formatBytes(value);
  return unit === 'ms' ? `${value} ms` : String(value);
}

function paint(format: Served['format'], style: 'bold' | 'dim' | 'red', text: string): string {
  return format === 'colour' && text !== '' ? styleText(style, text, { validateStream: false }) : text;
}
