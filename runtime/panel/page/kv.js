import { get } from './api.js';
import { button, bytes, element, table } from './dom.js';

/** The contents of the K/V store, by namespace, a page at a time. */
export function kvView() {
  const leaving = new AbortController();
  const body = element('div', {}, element('p', { class: 'quiet' }, 'Loading'));
  const where = element('p', { class: 'quiet' });
  const view = element(
    'section',
    { 'aria-labelledby': 'kv-title' },
    element('div', { class: 'bar' }, element('h2', { id: 'kv-title' }, 'K/V'), where),
    body,
  );
  guarded(leaving.signal, body, async () => {
    const { store, namespaces } = await get('/_api/v1/kv', leaving.signal);
    where.textContent = store === null ? '' : 'in ';
    if (store !== null) where.append(element('code', {}, store));
    body.replaceChildren(
      ...(namespaces.length === 0 || store === null
        ? [element('p', { class: 'quiet' }, 'No worker has a store')]
        : namespaces.map((namespace) => namespaceView(namespace, leaving.signal))),
    );
  });
  return { view, isOfProject: true, close: () => leaving.abort() };
}

function namespaceView({ name, workers }, leaving) {
  const entries = element('div');
  const filter = element('input', {
    type: 'search',
    placeholder: 'Prefix',
    'aria-label': `Prefix of keys in ${name}`,
  });
  let asked = 0;
  const load = () => {
    asked += 1;
    const mine = asked;
    guarded(leaving, entries, async () => {
      const first = await pageView(name, filter.value, '', leaving);
      // Only the last question is answered.
      if (mine === asked) entries.replaceChildren(first);
    });
  };
  filter.addEventListener('input', load);
  load();
  return element(
    'section',
    { class: 'namespace' },
    element(
      'div',
      { class: 'bar' },
      element('h3', {}, name),
      element('p', { class: 'quiet' }, `of ${workers.join(', ')}`),
      element('div', { class: 'controls' }, filter, button('Read again', load)),
    ),
    entries,
  );
}

async function pageView(namespace, prefix, after, leaving) {
  const query = new URLSearchParams({ namespace, prefix, after });
  const page = await get(`/_api/v1/kv/entries?${query}`, leaving);
  if (page.entries.length === 0 && after === '') return element('p', { class: 'quiet' }, 'No entries');
  const rows = page.entries.map(({ key, value, bytes: size, isCut }) => [
    element('code', {}, key),
    element('pre', {}, isCut ? `${value}…` : value),
    bytes(size),
  ]);
  const shown = element('div', {}, table(`Entries of ${namespace}`, ['Key', 'Value', 'Size'], rows));
  if (page.next === null) return shown;
  const more = button('More', () => {
    guarded(leaving, more, async () =>
      more.replaceWith(await pageView(namespace, prefix, page.next, leaving)),
    );
  });
  shown.append(more);
  return shown;
}

/** Shows in `place` why `act` failed. */
function guarded(leaving, place, act) {
  act().catch((error) => {
    if (!leaving.aborted)
      place.replaceChildren(element('span', { class: 'bad', role: 'alert' }, error.message));
  });
}
