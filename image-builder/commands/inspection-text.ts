import type { AppFolder, AppRoute, AppRoutes } from '../app/app-routes.ts';
import type { ImageStart } from '../app/image-start.ts';
import type { InspectedLayer, Inspection } from '../app/inspection.ts';
import { columns } from '../output/columns.ts';
import { sizeText } from '../output/size.ts';

/** Characters of a digest that people compare. */
const SHORT_DIGEST = 19;

/** What `wasm-image inspect` prints for people. */
export function inspectionText(what: string, inspection: Inspection): string {
  const { names, platform, digest, size, layers, start, routes } = inspection;
  const bytes = layers.reduce((total, layer) => total + layer.bytes, 0);
  const files = layers.reduce((total, layer) => total + layer.files, 0);
  const head = [
    ['image', what],
    ...(names.length === 0 ? [] : [['names', names.join(', ')]]),
    ['platform', platform],
    ['digest', digest],
    ['size', `${sizeText(size)} packed, ${sizeText(bytes)} unpacked, ${counted(files, 'file')}`],
    ['starts', startText(start)],
  ];
  return [
    ...columns(head),
    '',
    counted(layers.length, 'layer'),
    ...layerLines(layers),
    ...(routes === undefined ? [] : ['', ...routeLines(routes), ...warningLines(routes)]),
  ].join('\n');
}

function startText(start: ImageStart): string {
  const words = start.words.length === 0 ? '' : `${JSON.stringify(start.words)}: `;
  if (start.kind === 'nothing') return `${words}cannot start: ${start.problem}`;
  return `${words}${start.kind === 'command' ? 'runs a command' : 'serves a project'}`;
}

/** The largest files stand below their layer, in the columns of its sizes. */
function layerLines(layers: readonly InspectedLayer[]): readonly string[] {
  const rows = layers.flatMap((layer, index) => [
    [
      String(index + 1),
      layer.diffId.slice(0, SHORT_DIGEST),
      sizeText(layer.size),
      sizeText(layer.bytes),
      contentText(layer),
    ],
    ...layer.largest.map((file) => ['', '', '', sizeText(file.bytes), file.path]),
  ]);
  return columns([['', 'content', 'packed', 'unpacked'], ...rows], { indent: '  ', right: [2, 3] });
}

function contentText({ files, deletions, holds }: InspectedLayer): string {
  return [...holds, counted(files, 'file'), ...(deletions === 0 ? [] : [`takes away ${deletions}`])].join(
    ', ',
  );
}

/** Routes in the order they are asked, with what each worker may do. */
export function routeLines({ served, shadowed, hasPublic }: AppRoutes): readonly string[] {
  const rows = served.map((route) => [
    route.path,
    route.worker,
    route.language ?? '',
    route.problem === undefined ? rightsText(route) : `cannot run: ${route.problem}`,
  ]);
  if (hasPublic) rows.push(['/*', 'public/', 'files', '']);
  const never = shadowed.map(({ path, worker, by }) => [
    path,
    worker,
    `never reached: "${by}" has its route`,
  ]);
  return [
    counted(served.length, 'route'),
    ...columns(rows, { indent: '  ' }),
    ...columns(never, { indent: '  ' }),
  ];
}

function warningLines({ warnings }: AppRoutes): readonly string[] {
  const rows = warnings.map((warning) => [`warning: ${warning}`]);
  return columns(rows, { indent: '  ' });
}

function rightsText({ vars, folders, hosts, kv }: AppRoute): string {
  const parts: string[] = [];
  if (vars.length > 0) parts.push(`vars ${vars.join(', ')}`);
  if (folders.length > 0) parts.push(`folders ${folders.map(folderText).join(', ')}`);
  if (hosts.length > 0) parts.push(`http ${hosts.join(', ')}`);
  if (kv !== undefined) parts.push(`kv "${kv}"`);
  return parts.join('; ');
}

function folderText({ from, to, isMissing }: AppFolder): string {
  return `${to} from ${from || '.'}${isMissing ? ' (a volume has to bring it)' : ''}`;
}

export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
