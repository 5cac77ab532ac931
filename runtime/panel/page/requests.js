import { button, bytes, element, milliseconds } from './dom.js';
import { PARTS, partsOf, scaleOf, timeline } from './timeline.js';

/** The last requests, newest first, with where their time went and what their workers said. */

const SHOWN = 100;

const HEADINGS = ['Time', 'Request', 'Status', 'Worker', 'Waterfall', 'Total'];

/** `only`: requests of this worker. */
export function requestsView(log, only) {
  /** Rows by cursor: one that is shown stays the same element, so that focus and selections survive. */
  let made = new Map();
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
    note.textContent = noteOf(shown.length, matching.length, log.missed);
    const scale = scaleOf(shown);
    const kept = new Map(
      shown.map((request) => [request.cursor, made.get(request.cursor) ?? new RequestRow(request)]),
    );
    made = kept;
    for (const row of kept.values()) row.scaleTo(scale);
    put(
      rows,
      [...kept.values()].flatMap((row) => row.elements),
    );
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

/** A request, and below it what more there is to know once it is opened. */
class RequestRow {
  #request;
  #bars = element('td', { class: 'wide' });
  #row;
  #details;
  #scale = '';

  constructor(request) {
    this.#request = request;
    const { method, target, status, worker, outcome, timings, said, problem, began } = request;
    const toggle = button(`${method} ${target}`, () => this.#toggle(toggle), {
      class: 'link',
      'aria-expanded': 'false',
    });
    const hasWords = said !== '' || problem !== null;
    this.#row = element(
      'tr',
      {},
      element('td', { class: 'number' }, timeOf(began)),
      element(
        'td',
        { class: 'request' },
        toggle,
        hasWords ? element('span', { class: 'tag' }, 'log') : undefined,
      ),
      element('td', { class: isBad(request) ? 'bad' : undefined }, outcome === 'gone' ? 'gone' : status),
      element('td', {}, worker ?? element('span', { class: 'quiet' }, outcome)),
      this.#bars,
      element('td', { class: 'number' }, milliseconds(timings.total)),
    );
  }

  get elements() {
    return this.#details === undefined ? [this.#row] : [this.#row, this.#details];
  }

  scaleTo(scale) {
    const key = `${scale.longest} ${scale.offsets.get(this.#request.cursor)}`;
    if (key === this.#scale) return;
    this.#scale = key;
    this.#bars.replaceChildren(timeline(this.#request, scale));
  }

  #toggle(button) {
    if (this.#details === undefined) {
      this.#details = detailsOf(this.#request);
      this.#row.after(this.#details);
    } else {
      this.#details.remove();
      this.#details = undefined;
    }
    button.setAttribute('aria-expanded', String(this.#details !== undefined));
  }
}

/** Makes `wanted` the children of `parent`; those that are there already are not touched. */
function put(parent, wanted) {
  const keep = new Set(wanted);
  for (const child of [...parent.children]) if (!keep.has(child)) child.remove();
  for (const [index, child] of wanted.entries()) {
    if (parent.children[index] !== child) parent.insertBefore(child, parent.children[index] ?? null);
  }
}

function noteOf(shown, matching, missed) {
  if (matching === 0) return 'No request yet';
  const count = shown === matching ? `the last ${shown}` : `the last ${shown} of ${matching}`;
  return missed > 0 ? `${count}; ${missed} were too many to keep` : count;
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
