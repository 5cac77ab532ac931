import { button, bytes, element, milliseconds } from './dom.js';
import { PARTS, partsOf, scaleOf, timeline } from './timeline.js';

/** The last requests, newest first, with where their time went and what their workers said. */

const SHOWN = 100;

const HEADINGS = ['Time', 'Request', 'Status', 'Worker', 'Waterfall', 'Total'];

/** `only`: requests of this worker. */
export function requestsView(log, only) {
  const open = new Set();
  const rows = element('tbody');
  const note = element('p', { class: 'quiet' });
  const filter = element('input', { type: 'search', placeholder: 'Filter', 'aria-label': 'Filter requests' });
  const failing = element('input', { type: 'checkbox', id: 'failing' });
  const pause = button('Pause', () => log.pause(!log.isPaused));

  const show = () => {
    pause.textContent = log.isPaused ? 'Go on' : 'Pause';
    pause.setAttribute('aria-pressed', String(log.isPaused));
    const words = filter.value.toLowerCase();
    const matching = log.requests.filter(
      (request) =>
        (only === undefined || request.worker === only) &&
        (!failing.checked || isBad(request)) &&
        `${request.method} ${request.target} ${request.worker ?? ''} ${request.id}`
          .toLowerCase()
          .includes(words),
    );
    const shown = matching.slice(-SHOWN).reverse();
    note.textContent =
      matching.length === 0
        ? 'No request yet'
        : `the last ${shown.length}${matching.length > shown.length ? ` of ${matching.length}` : ''}${log.missed > 0 ? `; ${log.missed} were too many to keep` : ''}`;
    const scale = scaleOf(shown);
    // A focused row is made anew as well: its successor gets the focus.
    const focused = document.activeElement?.dataset?.cursor;
    rows.replaceChildren(...shown.flatMap((request) => rowsOf(request, scale, open, show)));
    if (focused !== undefined) rows.querySelector(`button[data-cursor="${Number(focused)}"]`)?.focus();
  };
  filter.addEventListener('input', show);
  failing.addEventListener('change', show);

  const title = only === undefined ? 'Requests' : 'Its last requests';
  const view = element(
    'section',
    { 'aria-labelledby': 'requests-title' },
    element(
      'div',
      { class: 'bar' },
      element('h2', { id: 'requests-title' }, title),
      note,
      element(
        'div',
        { class: 'controls' },
        filter,
        element('label', { for: 'failing' }, failing, ' failing only'),
        pause,
      ),
    ),
    element(
      'p',
      { class: 'legend', 'aria-hidden': 'true' },
      ...PARTS.map(([name, word]) => element('span', {}, element('i', { class: `part-${name}` }), word)),
    ),
    element(
      'div',
      { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': title },
      element(
        'table',
        { class: 'requests' },
        element('caption', { class: 'hidden' }, title),
        element(
          'thead',
          {},
          element('tr', {}, ...HEADINGS.map((heading) => element('th', { scope: 'col' }, heading))),
        ),
        rows,
      ),
    ),
  );
  const close = log.watch(show);
  show();
  return { view, close };
}

function rowsOf(request, scale, open, show) {
  const { cursor, method, target, status, worker, timings, said, problem } = request;
  const isOpen = open.has(cursor);
  const toggle = button(
    `${method} ${target}`,
    () => {
      if (isOpen) open.delete(cursor);
      else open.add(cursor);
      show();
    },
    { class: 'link', 'aria-expanded': String(isOpen), 'data-cursor': cursor },
  );
  const hasWords = said !== '' || problem !== null;
  const row = element(
    'tr',
    { class: isBad(request) ? 'bad-row' : undefined },
    element('td', { class: 'number' }, timeOf(request.began)),
    element(
      'td',
      { class: 'request' },
      toggle,
      hasWords ? element('span', { class: 'tag' }, 'log') : undefined,
    ),
    element('td', { class: isBad(request) ? 'bad' : undefined }, status === 0 ? 'gone' : status),
    element('td', {}, worker ?? element('span', { class: 'quiet' }, request.outcome)),
    element('td', { class: 'wide' }, timeline(request, scale)),
    element('td', { class: 'number' }, milliseconds(timings.total)),
  );
  return isOpen ? [row, detailsOf(request)] : [row];
}

function detailsOf(request) {
  const parts = partsOf(request.timings);
  const facts = [
    ['Outcome', request.outcome],
    ['Route', request.route ?? 'none'],
    ['Id', request.id],
    ['Sent', bytes(request.bytes)],
    ...PARTS.map(([name, word]) => [word[0].toUpperCase() + word.slice(1), milliseconds(parts[name])]),
  ];
  return element(
    'tr',
    { class: 'details' },
    element(
      'td',
      { colspan: HEADINGS.length },
      element(
        'dl',
        {},
        ...facts.map(([term, text]) => element('div', {}, element('dt', {}, term), element('dd', {}, text))),
      ),
      request.problem === null ? undefined : element('p', { class: 'bad' }, request.problem),
      request.said === ''
        ? element('p', { class: 'quiet' }, 'It printed nothing')
        : element('pre', { tabindex: 0, 'aria-label': 'What the worker printed' }, request.said),
    ),
  );
}

function isBad({ status, outcome }) {
  return status >= 500 || outcome === 'gone' || outcome === 'internal';
}

function timeOf(began) {
  const date = new Date(began);
  return `${date.toLocaleTimeString(undefined, { hour12: false })}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}
