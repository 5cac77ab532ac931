/** Values as text for people to read, on a worker's stderr. Getters are named, never run. */
import { describe } from './describe.js';
import { bytesOf } from './text-encoding.js';

const MAXIMUM_DEPTH = 4;
const MAXIMUM_ENTRIES = 100;

export function inspect(value, outer = []) {
  if (typeof value === 'string') return outer.length === 0 ? value : JSON.stringify(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'symbol') return value.toString();
  if (typeof value === 'function') return `[Function: ${value.name || 'anonymous'}]`;
  if (value === null || typeof value !== 'object') return Object.is(value, -0) ? '-0' : String(value);
  if (outer.includes(value)) return '[Circular]';
  if (value instanceof Error) return describe(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (value instanceof RegExp) return String(value);
  return outer.length > MAXIMUM_DEPTH ? '[Object]' : inspectObject(value, [...outer, value]);
}

function inspectObject(value, outer) {
  const shown = (inner) => inspect(inner, outer);
  const name = Object.getPrototypeOf(value)?.constructor?.name ?? 'null';
  if (Array.isArray(value)) return list('', ['[', ']'], first(value).map(shown), value.length);
  if (value instanceof Map) {
    const entries = first(value).map(([key, inner]) => `${shown(key)} => ${shown(inner)}`);
    return list(`Map(${value.size}) `, ['{', '}'], entries, value.size);
  }
  if (value instanceof Set)
    return list(`Set(${value.size}) `, ['{', '}'], first(value).map(shown), value.size);
  if (bytesOf(value) && typeof value[Symbol.iterator] === 'function') {
    return list(`${name}(${value.length}) `, ['[', ']'], first(value).map(shown), value.length);
  }
  const keys = Object.keys(value);
  const entries = first(keys).map((key) => {
    const { get, value: inner } = Object.getOwnPropertyDescriptor(value, key) ?? {};
    const label = /^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key);
    return `${label}: ${get ? '[Getter]' : shown(inner)}`;
  });
  return list(name === 'Object' ? '' : `${name} `, ['{', '}'], entries, keys.length);
}

function first(iterable) {
  const values = [];
  for (const value of iterable) {
    if (values.length === MAXIMUM_ENTRIES) break;
    values.push(value);
  }
  return values;
}

function list(name, [open, close], entries, total) {
  const more = total > entries.length ? [`… ${total - entries.length} more`] : [];
  const inside = [...entries, ...more].join(', ');
  return name + open + (inside === '' ? '' : ` ${inside} `) + close;
}
