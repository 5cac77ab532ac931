import { get } from './api.js';
import { bytes, element, milliseconds, table } from './dom.js';
import { requestsView } from './requests.js';

/** One worker: what it was given, what became of its requests. */

const UNITS = { bytes, ms: milliseconds, count: String };

/** A worker is looked at again when so much time has passed and something happened. */
const REFRESH_MS = 1_000;

export function workerView(id, log) {
  const facts = element('div', {}, element('p', { class: 'quiet' }, 'Loading'));
  const view = element('div', {}, facts);
  const leaving = new AbortController();
  let requests;
  let loadedAt = 0;
  const load = async () => {
    loadedAt = performance.now();
    try {
      const worker = await get(`/_api/v1/workers/${encodeURIComponent(id)}`, leaving.signal);
      if (leaving.signal.aborted) return;
      facts.replaceChildren(...factsOf(worker));
      if (requests !== undefined) return;
      requests = requestsView(log, worker.file);
      view.append(requests.view);
    } catch (error) {
      if (!leaving.signal.aborted)
        facts.replaceChildren(element('p', { class: 'notice', role: 'alert' }, error.message));
    }
  };
  const unwatch = log.watch(() => {
    if (performance.now() - loadedAt >= REFRESH_MS) void load();
  });
  void load();
  return {
    view,
    close: () => {
      leaving.abort();
      unwatch();
      requests?.close();
    },
  };
}

function factsOf(worker) {
  const { counts } = worker;
  const mean = counts.requests === 0 ? 'none yet' : milliseconds(counts.totalMs / counts.requests);
  const cards = [
    ['Route', element('code', {}, worker.route)],
    ['Language', worker.language ?? 'none'],
    ['Requests', counts.requests],
    ['Mean time', mean],
    ['Slowest', counts.requests === 0 ? 'none yet' : milliseconds(counts.slowestMs)],
    ...Object.entries(counts.outcomes)
      .filter(([outcome]) => outcome !== 'answered')
      .map(([outcome, count]) => [`Outcome "${outcome}"`, count]),
  ];
  return [
    element('p', { class: 'crumb' }, element('a', { href: '#routes' }, 'Routes'), ' / ', worker.file),
    element('h2', {}, worker.file),
    worker.problem === null
      ? undefined
      : element('p', { class: 'notice' }, `It cannot run: ${worker.problem}`),
    element(
      'dl',
      { class: 'cards' },
      ...cards.map(([term, text]) => element('div', {}, element('dt', {}, term), element('dd', {}, text))),
    ),
    element(
      'div',
      { class: 'columns' },
      part(
        'Variables',
        ['Name', 'Value'],
        worker.vars.map(({ name, value }) => [name, value]),
      ),
      part(
        'Folders',
        ['In the worker', 'On this system', 'Access'],
        worker.folders.map(({ to, from, writable }) => [to, from, writable ? 'read, write' : 'read']),
      ),
      part(
        'Reach',
        ['What', 'Which'],
        [
          ...(worker.kv === null ? [] : [['K/V', `${worker.kv} (${worker.kvConsistency})`]]),
          ...worker.hosts.map((host) => [worker.allowHttp ? 'https, http' : 'https', host]),
          ...(worker.methods.length === 0 ? [] : [['methods', worker.methods.join(', ')]]),
          ...Object.entries(counts.outbound)
            .filter(([, count]) => count > 0)
            .map(([outcome, count]) => [`requests ${outcome}`, count]),
        ],
      ),
      part(
        'Limits',
        ['Name', 'At most', 'Met'],
        worker.limits.map(({ name, value, unit, met }) => [name, UNITS[unit](value), met]),
      ),
    ),
  ].filter((one) => one !== undefined);
}

function part(title, headings, rows) {
  return element(
    'section',
    {},
    element('h3', {}, title),
    rows.length === 0 ? element('p', { class: 'quiet' }, 'None') : table(title, headings, rows),
  );
}
