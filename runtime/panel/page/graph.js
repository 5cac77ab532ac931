import { drawing } from './dom.js';

/** Draws files, their routes and what their workers may reach, in three columns with links between them. */

const ROW = 34;
const HEIGHT = 26;
const TOP = 30;
const MARGIN = 6;
const GROUP_GAP = 14;
/** Of one character, about, in the font of nodes. */
const CHARACTER = 7.1;
const PADDING = 20;

const GROUPS = [
  ['folder', 'Folders'],
  ['kv', 'K/V'],
  ['host', 'Hosts'],
];

export function graph(routes, width) {
  const columns = columnsOf(width);
  const { nodes, links, headings, height } = layOut(routes, columns);
  const root = drawing(
    'svg',
    {
      class: 'graph',
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: 'group',
      'aria-label': 'Files, their routes, and the folders, K/V namespaces and hosts of their workers',
    },
    ...headings.map(({ x, y, text }) => drawing('text', { class: 'heading', x, y }, text)),
  );
  const drawn = new Map();
  for (const link of links) {
    const line = drawing('path', { class: 'link', d: curve(link.from, link.to) });
    for (const id of link.workers) (drawn.get(id) ?? drawn.set(id, []).get(id)).push(line);
    root.append(line);
  }
  for (const node of nodes) {
    const box = boxOf(node);
    for (const id of node.workers) (drawn.get(id) ?? drawn.set(id, []).get(id)).push(box);
    const light = () => highlight(root, drawn, node.workers);
    const dim = () => highlight(root, drawn, []);
    for (const [name, act] of [
      ['mouseenter', light],
      ['focus', light],
      ['mouseleave', dim],
      ['blur', dim],
    ])
      box.addEventListener(name, act);
    root.append(box);
  }
  return root;
}

function columnsOf(width) {
  const gap = Math.max(40, Math.min(140, width * 0.1));
  const each = (width - 2 * gap - 2 * MARGIN) / 3;
  return [0, 1, 2].map((index) => ({ x: MARGIN + index * (each + gap), width: each }));
}

function layOut(routes, [files, paths, things]) {
  const nodes = [];
  const links = [];
  const headings = [
    { x: files.x, y: 16, text: 'File' },
    { x: paths.x, y: 16, text: 'Route' },
  ];
  const found = new Map(GROUPS.map(([kind]) => [kind, new Map()]));
  routes.forEach((route, row) => {
    const y = TOP + row * ROW;
    const workers = [route.id];
    const kind = route.problem === null ? '' : ' problem';
    const title = route.problem ?? undefined;
    const file = {
      ...files,
      y,
      text: route.file,
      kind: `file${kind}`,
      workers,
      href: `#worker/${route.id}`,
      title,
    };
    const path = { ...paths, y, text: route.route, kind: `route${kind}`, workers, title };
    nodes.push(file, path);
    links.push({ from: file, to: path, workers });
    for (const { kind: group, text, label } of thingsOf(route)) {
      const known = found.get(group).get(text) ?? { text: label, kind: group, workers: [], from: [] };
      known.workers.push(route.id);
      known.from.push(path);
      found.get(group).set(text, known);
    }
  });
  let y = TOP;
  for (const [kind, heading] of GROUPS) {
    const group = [...found.get(kind).values()];
    if (group.length === 0) continue;
    headings.push({ x: things.x, y: y - 14, text: heading });
    for (const thing of group) {
      const node = { ...things, ...thing, y };
      nodes.push(node);
      for (const [index, from] of thing.from.entries())
        links.push({ from, to: node, workers: [thing.workers[index]] });
      y += ROW;
    }
    y += GROUP_GAP + 12;
  }
  return { nodes, links, headings, height: Math.max(TOP + routes.length * ROW, y) + MARGIN };
}

function thingsOf({ folders, kv, hosts }) {
  return [
    ...folders.map(({ to, from, writable }) => ({
      kind: 'folder',
      text: `${from}\n${to}\n${writable}`,
      label: `${to}${writable ? '' : ' (read-only)'}`,
    })),
    ...(kv === null ? [] : [{ kind: 'kv', text: kv, label: kv }]),
    ...hosts.map((host) => ({ kind: 'host', text: host, label: host })),
  ];
}

function curve(from, to) {
  const [x1, y1, x2, y2] = [from.x + from.width, from.y + HEIGHT / 2, to.x, to.y + HEIGHT / 2];
  const middle = (x1 + x2) / 2;
  return `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`;
}

function boxOf({ x, y, width, text, kind, href, title }) {
  const group = drawing(
    href === undefined ? 'g' : 'a',
    {
      class: `node ${kind}`,
      tabindex: 0,
      href,
      ...(href === undefined ? { role: 'img', 'aria-label': text } : {}),
    },
    drawing('title', {}, title === undefined ? text : `${text}: ${title}`),
    drawing('rect', { x, y, width, height: HEIGHT, rx: 5 }),
    drawing('text', { x: x + 10, y: y + 17 }, shortened(text, Math.floor((width - PADDING) / CHARACTER))),
  );
  return group;
}

/** The middle goes: beginnings and ends tell routes apart. */
function shortened(text, most) {
  const characters = [...text];
  if (characters.length <= most) return text;
  const head = Math.max(1, Math.ceil((most - 1) / 2));
  const tail = Math.max(1, most - 1 - head);
  return `${characters.slice(0, head).join('')}…${characters.slice(-tail).join('')}`;
}

function highlight(root, drawn, ids) {
  for (const lit of root.querySelectorAll('.lit')) lit.classList.remove('lit');
  root.classList.toggle('focused', ids.length > 0);
  for (const id of ids) for (const shape of drawn.get(id) ?? []) shape.classList.add('lit');
}
