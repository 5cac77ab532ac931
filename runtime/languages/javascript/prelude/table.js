/** Rows and columns of console.table (console.spec.whatwg.org#table). */
import { shown } from './format.js';

const MAXIMUM_ROWS = 100;
const INDEX = '(index)';
const VALUE = 'Values';

/** The text of a table; undefined for what is none. */
export function table(data, columns) {
  if (typeof data !== 'object' || data === null) return undefined;
  const rows = rowsOf(data).slice(0, MAXIMUM_ROWS);
  const names = columns === undefined ? columnsOf(rows) : [...columns].map(String);
  const hasValues = rows.some(([, row]) => !isRow(row));
  const head = [INDEX, ...names, ...(hasValues ? [VALUE] : [])];
  const body = rows.map(([index, row]) => [
    index,
    ...names.map((name) => (isRow(row) && Object.hasOwn(row, name) ? cell(row[name]) : '')),
    ...(hasValues ? [isRow(row) ? '' : cell(row)] : []),
  ]);
  const widths = head.map((_, column) =>
    Math.max(...[head, ...body].map((line) => [...line[column]].length)),
  );
  const line = (cells) =>
    `| ${cells.map((text, column) => text + ' '.repeat(widths[column] - [...text].length)).join(' | ')} |`;
  return [line(head), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...body.map(line)].join(
    '\n',
  );
}

function rowsOf(data) {
  if (data instanceof Map) return [...data].map(([key, value], index) => [`${index}: ${cell(key)}`, value]);
  if (data instanceof Set) return [...data].map((value, index) => [String(index), value]);
  return Object.keys(data).map((key) => [key, data[key]]);
}

function columnsOf(rows) {
  return [...new Set(rows.flatMap(([, row]) => (isRow(row) ? Object.keys(row) : [])))];
}

function isRow(value) {
  return typeof value === 'object' && value !== null;
}

/** On one line, nothing deep. */
function cell(value) {
  return shown(value, [undefined, undefined, undefined, undefined]).replaceAll('\n', ' ');
}
