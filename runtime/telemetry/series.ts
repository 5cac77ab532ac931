import type { ExpositionWriter, Labels } from './exposition.ts';

/** So many series a family may have; what would be one more is counted under `OTHER`. */
const MAX_SERIES = 2_000;

/** Stands for workers that came too late to have series of their own. */
export const OTHER = '(other)';

/** A name and its help; labels have the order in which values are given. */
export interface FamilyOptions {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
}

const SEPARATOR = '\0';

/** Counters that differ by their labels. The first label is a worker, or what else may have many values. */
export class CounterFamily {
  readonly #options: FamilyOptions;
  readonly #values = new Map<string, number>();

  constructor(options: FamilyOptions) {
    this.#options = options;
  }

  add(values: readonly string[], amount = 1): void {
    const key = bounded(this.#values, values);
    this.#values.set(key, (this.#values.get(key) ?? 0) + amount);
  }

  write(writer: ExpositionWriter): void {
    const { name, help, labels } = this.#options;
    writer.family(name, 'counter', help);
    for (const [key, value] of this.#values) writer.sample(name, value, labelled(labels, key));
  }
}

interface Distribution {
  /** One more than there are bounds: the last one takes the rest. */
  readonly counts: number[];
  sum: number;
}

/** Histograms with the same buckets that differ by their labels. */
export class HistogramFamily {
  readonly #options: FamilyOptions;
  /** Upper bounds, ascending, each inclusive. */
  readonly #bounds: readonly number[];
  readonly #values = new Map<string, Distribution>();

  constructor(options: FamilyOptions, bounds: readonly number[]) {
    this.#options = options;
    this.#bounds = bounds;
  }

  observe(values: readonly string[], value: number): void {
    const key = bounded(this.#values, values);
    let distribution = this.#values.get(key);
    if (distribution === undefined) {
      distribution = { counts: new Array<number>(this.#bounds.length + 1).fill(0), sum: 0 };
      this.#values.set(key, distribution);
    }
    const at = this.#bounds.findIndex((bound) => value <= bound);
    const index = at === -1 ? this.#bounds.length : at;
    distribution.counts[index] = (distribution.counts[index] ?? 0) + 1;
    distribution.sum += value;
  }

  write(writer: ExpositionWriter): void {
    const { name, help, labels } = this.#options;
    writer.family(name, 'histogram', help);
    for (const [key, { counts, sum }] of this.#values) {
      const own = labelled(labels, key);
      let total = 0;
      for (const [index, count] of counts.entries()) {
        total += count;
        const bound = this.#bounds[index];
        writer.sample(`${name}_bucket`, total, { ...own, le: bound === undefined ? '+Inf' : String(bound) });
      }
      writer.sample(`${name}_sum`, sum, own);
      writer.sample(`${name}_count`, total, own);
    }
  }
}

/** Projects may change while they are served, and names that are gone are not forgotten: there is a bound. */
function bounded(values: ReadonlyMap<string, unknown>, labels: readonly string[]): string {
  const key = labels.join(SEPARATOR);
  if (values.size < MAX_SERIES || values.has(key)) return key;
  return [OTHER, ...labels.slice(1)].join(SEPARATOR);
}

function labelled(names: readonly string[], key: string): Labels {
  const values = key.split(SEPARATOR);
  return Object.fromEntries(names.map((name, index) => [name, values[index] ?? '']));
}
