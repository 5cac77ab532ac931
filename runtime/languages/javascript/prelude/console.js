/** console (console.spec.whatwg.org): every method writes lines to stderr; levels look alike, as in wws. */
import { defineGlobals } from './define.js';
import { formatted, shown } from './format.js';
import { writeStderr } from './host.js';
import { now } from './performance.js';
import { table } from './table.js';

const INDENT = '  ';

let indentation = '';
const counts = new Map();
const timers = new Map();

function print(text) {
  writeStderr(
    indentation === '' ? `${text}\n` : `${indentation}${text.replaceAll('\n', `\n${indentation}`)}\n`,
  );
}

const log = (...values) => print(formatted(values));

const group = (...values) => {
  if (values.length > 0) log(...values);
  indentation += INDENT;
};

const labelled = (label) => (label === undefined ? 'default' : String(label));

/** Prints how long the timer has run; whether there is one. */
function elapsed(name, label, values) {
  const start = timers.get(label);
  if (start === undefined) {
    print(`console.${name}: there is no timer "${label}"`);
    return false;
  }
  print([`${label}: ${(now() - start).toFixed(3)}ms`, ...values.map((value) => shown(value))].join(' '));
  return true;
}

const console = {
  log,
  info: log,
  debug: log,
  warn: log,
  error: log,
  dir: (value) => print(shown(value, [undefined])),
  dirxml: log,
  table: (data, columns) => print(table(data, columns) ?? shown(data)),
  group,
  groupCollapsed: group,
  groupEnd: () => {
    indentation = indentation.slice(INDENT.length);
  },
  trace: (...values) => {
    const frames = new Error().stack.split('\n').filter((frame) => !frame.includes('wws:'));
    print(`${['Trace:', formatted(values)].join(' ').trimEnd()}\n${frames.join('\n').trimEnd()}`);
  },
  assert: (condition, ...values) => {
    if (!condition)
      print(values.length === 0 ? 'Assertion failed' : `Assertion failed: ${formatted(values)}`);
  },
  clear: () => {},
  count: (label) => {
    const name = labelled(label);
    counts.set(name, (counts.get(name) ?? 0) + 1);
    print(`${name}: ${counts.get(name)}`);
  },
  countReset: (label) => {
    const name = labelled(label);
    if (!counts.delete(name)) print(`console.countReset: there is no count "${name}"`);
  },
  time: (label) => {
    const name = labelled(label);
    if (timers.has(name)) print(`console.time: the timer "${name}" runs already`);
    else timers.set(name, now());
  },
  timeLog: (label, ...values) => {
    elapsed('timeLog', labelled(label), values);
  },
  timeEnd: (label) => {
    const name = labelled(label);
    if (elapsed('timeEnd', name, [])) timers.delete(name);
  },
};

defineGlobals({ console });
