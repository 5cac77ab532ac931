export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Family {
  readonly type: string;
  readonly help: string;
  readonly samples: Sample[];
}

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/s;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/y;
const NUMBER = /^(?:[+-]?Inf|NaN|[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)$/i;
const TYPES = ['counter', 'gauge', 'histogram', 'summary', 'untyped'];

/**
 * Reads the text format 0.0.4 by its grammar, and is strict where Prometheus is lenient.
 *
 * @throws Error that quotes the first line which breaks a rule
 */
export function parseExposition(text: string): ReadonlyMap<string, Family> {
  if (!text.endsWith('\n')) throw new Error('The last line must end with a line feed');
  const families = new Map<string, Family>();
  const series = new Set<string>();
  let help = { name: '', text: '' };
  let current = '';
  for (const line of text.slice(0, -1).split('\n')) {
    const fail = (why: string): Error => new Error(`${why}: ${line}`);
    const [, kind, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (kind === 'HELP') {
      if (!METRIC_NAME.test(name) || families.has(name)) throw fail('No new metric name');
      help = { name, text: rest };
    } else if (kind === 'TYPE') {
      if (help.name !== name || families.has(name)) throw fail('TYPE must follow HELP, once');
      if (!TYPES.includes(rest)) throw fail('No type');
      families.set(name, { type: rest, help: help.text, samples: [] });
      current = name;
    } else {
      const family = families.get(current);
      const sample = parseSample(line);
      if (family === undefined || sample === undefined) throw fail('No sample');
      if (!belongs(sample.name, current, family.type)) throw fail(`Not of family ${current}`);
      const key = JSON.stringify([sample.name, Object.entries(sample.labels).sort()]);
      if (series.has(key)) throw fail('The series is there twice');
      series.add(key);
      family.samples.push(sample);
    }
  }
  for (const [name, { type, samples }] of families) if (type === 'histogram') checkHistogram(name, samples);
  return families;
}

function parseSample(line: string): Sample | undefined {
  const [, name, inner = '', number = ''] = SAMPLE.exec(line) ?? [];
  if (name === undefined || !NUMBER.test(number)) return undefined;
  const labels: [string, string][] = [];
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < inner.length) {
    const [, label, value] = LABEL.exec(inner) ?? [];
    if (label === undefined || value === undefined) return undefined;
    labels.push([label, value.replace(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char))]);
  }
  return { name, labels: Object.fromEntries(labels), value: Number(number.replace('Inf', 'Infinity')) };
}

function belongs(sample: string, family: string, type: string): boolean {
  if (type !== 'histogram') return sample === family;
  return [`${family}_bucket`, `${family}_sum`, `${family}_count`].includes(sample);
}

/** Buckets ascend and add up, the last one is `+Inf` and equals the count; for each set of labels. */
function checkHistogram(name: string, samples: readonly Sample[]): void {
  const groups = Map.groupBy(samples, ({ labels: { le: _, ...labels } }) => JSON.stringify(labels));
  for (const [labels, group] of groups) {
    const buckets = group.filter((sample) => sample.name === `${name}_bucket`);
    const bounds = buckets.map(({ labels: { le = '' } }) => Number(le.replace('Inf', 'Infinity')));
    const counts = buckets.map((sample) => sample.value);
    const count = group.find((sample) => sample.name === `${name}_count`)?.value;
    const isAscending = (list: readonly number[]): boolean =>
      list.every((value, index) => index === 0 || value >= (list[index - 1] ?? 0));
    if (!isAscending(bounds) || !isAscending(counts)) throw new Error(`${name}${labels}: buckets descend`);
    if (bounds.at(-1) !== Number.POSITIVE_INFINITY || counts.at(-1) !== count)
      throw new Error(`${name}${labels}: the last bucket must be +Inf and equal the count`);
  }
}
