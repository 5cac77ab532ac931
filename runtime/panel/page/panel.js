import { get, remember, Unauthorized } from './api.js';
import { element, visible } from './dom.js';
import { kvView } from './kv.js';
import { requestsView } from './requests.js';
import { routesView } from './routes.js';
import { workerView } from './worker.js';

/** Puts the view of the address into the page, and asks the panel each second what has happened. */

const POLL_MS = 1_000;

/** Requests the page keeps: as many as the server does. */
const KEPT = 500;

const main = document.querySelector('#main');
const status = document.querySelector('#status');

/** What the server told of requests; views watch it. */
const log = {
  requests: [],
  missed: 0,
  cursor: 0,
  isPaused: false,
  watchers: new Set(),
  watch(watcher) {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  },
  pause(isPaused) {
    this.isPaused = isPaused;
    this.tell();
    showStatus();
  },
  tell() {
    for (const watcher of this.watchers) watcher();
  },
};

let project;
let generation;
let current = { close: () => {} };
let problem = '';
let isAsking = false;
let timer;

function show() {
  const [name, id] = location.hash.slice(1).split('/');
  for (const link of document.querySelectorAll('nav a')) {
    const isCurrent = link.hash === `#${name === 'worker' ? 'routes' : name || 'routes'}`;
    if (isCurrent) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  current.close();
  if (project === undefined) return;
  current = viewOf(name, id);
  main.replaceChildren(current.view);
}

function viewOf(name, id) {
  if (name === 'requests') return requestsView(log);
  if (name === 'kv') return kvView();
  if (name === 'worker') return workerView(id, log);
  return routesView(project);
}

function showStatus() {
  status.className = problem === '' ? (log.isPaused ? 'paused' : 'live') : 'away';
  status.textContent = problem === '' ? (log.isPaused ? 'paused' : 'live') : problem;
}

/** A page that nobody sees asks nothing. */
async function poll() {
  clearTimeout(timer);
  if (isAsking) return;
  isAsking = true;
  try {
    if (!document.hidden && !(log.isPaused && project !== undefined)) await ask();
    problem = '';
  } catch (error) {
    if (error instanceof Unauthorized) return askForToken(error.message);
    // Of `fetch` itself: nobody answered.
    problem = error instanceof TypeError ? 'no answer' : error.message;
  } finally {
    isAsking = false;
  }
  showStatus();
  timer = setTimeout(poll, POLL_MS);
}

async function ask() {
  const page = await get(`/_api/v1/requests?after=${log.cursor}`);
  // The server was started anew.
  if (page.cursor < log.cursor) log.requests = [];
  log.missed += log.cursor === 0 ? 0 : page.missed;
  log.cursor = page.cursor;
  if (page.requests.length > 0) log.requests = [...log.requests, ...page.requests].slice(-KEPT);
  if (page.generation !== generation) {
    project = await get('/_api/v1/project');
    const isFirst = generation === undefined;
    generation = project.generation;
    document.querySelector('#root').replaceChildren(visible(project.root));
    // The others follow by themselves, and keep what is open in them.
    if (isFirst || current.isOfProject) show();
  }
  if (page.requests.length > 0) log.tell();
}

function askForToken(message) {
  current.close();
  current = { close: () => {} };
  generation = undefined;
  status.className = 'away';
  status.textContent = 'locked';
  const input = element('input', { type: 'password', autocomplete: 'off', id: 'token', required: true });
  const form = element(
    'form',
    { class: 'token' },
    element('p', { role: 'alert' }, message),
    element('label', { for: 'token' }, 'Token'),
    input,
    element('button', { type: 'submit' }, 'Open'),
    element('p', { class: 'quiet' }, 'It is in the address that was printed when the panel was opened.'),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    remember(input.value.trim());
    void poll();
  });
  main.replaceChildren(form);
  input.focus();
}

addEventListener('hashchange', show);
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) void poll();
});
void poll();
