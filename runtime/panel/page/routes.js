import { button, element, table } from './dom.js';
import { graph } from './graph.js';

/** The routes of the project: as a graph where it can be taken in, otherwise as a table. */

const MOST_DRAWN = 60;
const LEAST_WIDTH = 640;

/** Rows of a table at first, and at each "more". */
const ROWS = 200;

/** What the view is left with, and comes back with. */
let chosen;
let words = '';

export function routesView(project) {
  const view = element('section', { 'aria-labelledby': 'routes-title' });
  const filter = element('input', { type: 'search', placeholder: 'Filter', 'aria-label': 'Filter routes' });
  filter.value = words;
  const switches = element('div', { class: 'switch', role: 'group', 'aria-label': 'Show as' });
  const body = element('div');
  const summary = element('p', { class: 'quiet' });
  const show = () => {
    words = filter.value.toLowerCase();
    const routes = project.routes.filter(({ file, route }) =>
      `${file} ${route}`.toLowerCase().includes(words),
    );
    const canDraw = routes.length <= MOST_DRAWN && body.clientWidth >= LEAST_WIDTH;
    const kind = canDraw ? (chosen ?? 'graph') : 'table';
    summary.replaceChildren(summaryOf(project, routes));
    switches.replaceChildren(
      ...['graph', 'table'].map((name) =>
        button(
          name === 'graph' ? 'Graph' : 'Table',
          () => {
            chosen = name;
            show();
          },
          { 'aria-pressed': String(kind === name), disabled: name === 'graph' && !canDraw },
        ),
      ),
    );
    if (routes.length === 0) body.replaceChildren(element('p', { class: 'quiet' }, 'No worker here'));
    else if (kind === 'graph') body.replaceChildren(graph(routes, body.clientWidth));
    else body.replaceChildren(routesTable(routes, ROWS));
  };
  filter.addEventListener('input', show);
  view.append(
    element(
      'div',
      { class: 'bar' },
      element('h2', { id: 'routes-title' }, 'Routes'),
      summary,
      element('div', { class: 'controls' }, filter, switches),
    ),
    body,
  );
  const resized = new ResizeObserver(([entry]) => {
    const { width } = entry.contentRect;
    if (width > 0 && width !== resized.width) {
      resized.width = width;
      show();
    }
  });
  resized.observe(body);
  return { view, isOfProject: true, close: () => resized.disconnect() };
}

function summaryOf({ routes: all, publicDirectory }, { length }) {
  const count = length === all.length ? `${length}` : `${length} of ${all.length}`;
  const problems = all.filter(({ problem }) => problem !== null).length;
  return [
    `${count} workers`,
    ...(problems === 0 ? [] : [`${problems} that cannot run`]),
    ...(publicDirectory === null ? [] : [`and the files of ${publicDirectory}/`]),
  ].join(', ');
}

function routesTable(routes, most) {
  const rows = routes
    .slice(0, most)
    .map((route) => [
      element('a', { href: `#worker/${route.id}` }, route.file),
      element('code', {}, route.route),
      listOf(route.folders.map(({ to, writable }) => `${to}${writable ? '' : ' (read-only)'}`)),
      route.kv ?? '',
      listOf(route.hosts),
      route.problem === null ? '' : element('span', { class: 'bad' }, route.problem),
    ]);
  const shown = table('Routes', ['File', 'Route', 'Folders', 'K/V', 'Hosts', 'Problem'], rows);
  if (routes.length <= most) return shown;
  const more = button(`Show ${Math.min(ROWS, routes.length - most)} more of ${routes.length}`, () => {
    whole.replaceWith(routesTable(routes, most + ROWS));
  });
  const whole = element('div', {}, shown, more);
  return whole;
}

function listOf(texts) {
  return texts.length < 2
    ? (texts[0] ?? '')
    : element('ul', {}, ...texts.map((text) => element('li', {}, text)));
}
