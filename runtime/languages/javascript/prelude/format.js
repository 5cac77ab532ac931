/** Arguments of console as one text (console.spec.whatwg.org#formatter). */
import { inspect } from './inspect.js';

export function shown(value, outer) {
  try {
    return inspect(value, outer);
  } catch {
    return '[a value that cannot be shown]';
  }
}

/** Numbers that a symbol or an object without a primitive value cannot be are NaN. */
function number(value, convert) {
  if (typeof value === 'bigint') return `${value}n`;
  try {
    return Object.is(convert(value), -0) ? '-0' : String(convert(value));
  } catch {
    return 'NaN';
  }
}

const CONVERSIONS = {
  s: (value) => shown(value),
  d: (value) => number(value, (other) => (typeof other === 'object' ? Number.NaN : Number(other))),
  i: (value) =>
    number(value, (other) => (typeof other === 'object' ? Number.NaN : Number.parseInt(other, 10))),
  f: (value) => number(value, (other) => Number.parseFloat(other)),
  j: (value) => {
    try {
      return JSON.stringify(value);
    } catch {
      return '[a value without JSON]';
    }
  },
  o: (value) => shown(value, [undefined]),
  O: (value) => shown(value, [undefined]),
  c: () => '',
};

export function formatted(values) {
  const rest = [...values];
  if (typeof rest[0] !== 'string' || rest.length === 1) return rest.map((value) => shown(value)).join(' ');
  const text = rest.shift().replace(/%([sdifjoOc%])/g, (directive, conversion) => {
    if (conversion === '%') return '%';
    return rest.length === 0 ? directive : CONVERSIONS[conversion](rest.shift());
  });
  return [text, ...rest.map((value) => shown(value))].join(' ');
}
