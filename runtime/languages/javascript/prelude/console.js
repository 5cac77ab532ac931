/** console (console.spec.whatwg.org): every method writes one line to stderr; levels look alike, as in wws. */
import { defineGlobals } from './define.js';
import { writeStderr } from './host.js';
import { inspect } from './inspect.js';

function shown(value, outer) {
  try {
    return inspect(value, outer);
  } catch {
    return '[a value that cannot be shown]';
  }
}

const CONVERSIONS = {
  s: (value) => shown(value),
  d: (value) => String(Number(value)),
  i: (value) => String(Number.parseInt(value, 10)),
  f: (value) => String(Number.parseFloat(value)),
  j: (value) => JSON.stringify(value),
  o: (value) => shown(value, [undefined]),
  O: (value) => shown(value, [undefined]),
  c: () => '',
};

function format(values) {
  const rest = [...values];
  if (typeof rest[0] !== 'string' || rest.length === 1) return rest.map((value) => shown(value)).join(' ');
  const text = rest.shift().replace(/%([sdifjoOc%])/g, (directive, conversion) => {
    if (conversion === '%') return '%';
    return rest.length === 0 ? directive : CONVERSIONS[conversion](rest.shift());
  });
  return [text, ...rest.map((value) => shown(value))].join(' ');
}

const log = (...values) => writeStderr(`${format(values)}\n`);

const counts = new Map();
const timers = new Map();

const count = (label = 'default') => {
  counts.set(label, (counts.get(label) ?? 0) + 1);
  log(`${label}: ${counts.get(label)}`);
};

const timeLog = (label = 'default', ...values) => {
  const start = timers.get(label);
  if (start !== undefined) log(`${label}: ${(performance.now() - start).toFixed(3)}ms`, ...values);
};

const console = {
  log,
  info: log,
  debug: log,
  warn: log,
  error: log,
  dir: log,
  table: log,
  group: log,
  groupCollapsed: log,
  groupEnd: () => {},
  trace: (...values) => {
    const frames = new Error().stack.split('\n').filter((frame) => !frame.includes('wws:'));
    log(['Trace:', format(values)].join(' ').trimEnd(), `\n${frames.join('\n').trimEnd()}`);
  },
  assert: (condition, ...values) => {
    if (!condition) log('Assertion failed:', ...values);
  },
  count,
  countReset: (label = 'default') => counts.delete(label),
  time: (label = 'default') => timers.set(label, performance.now()),
  timeLog,
  timeEnd: (label = 'default') => {
    timeLog(label);
    timers.delete(label);
  },
};

defineGlobals({ console });
