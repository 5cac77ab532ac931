import { PAGE_BYTES, type TouchedPages } from './pagemap.ts';

/** Bytes of a memory: from `start` up to `end`. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

export interface RestorePlan {
  /** To be copied back: what runs have touched. */
  readonly hot: readonly Stretch[];
  /** To be dropped: the rest, up to the last hot page; all behind it is cold as well. */
  readonly cold: readonly Stretch[];
}

/** Runs that are looked at before a plan is made. */
const SAMPLES = 8;

/** Restores between two times of looking; twice as many after each. */
const FIRST_PERIOD = 4096;
const LONGEST_PERIOD = 256 * 1024;

/** So few pages between two others are copied along: a copy of that length costs less than one more call. */
const SMALL_GAP = 3;

/** More than this leaves the caches when it is copied: pages that are only read are then better dropped. */
const MANY_PAGES = 1024;

/**
 * Learns which pages the runs of one image touch. Copying such a page back costs a tenth of a microsecond, dropping
 * it and touching it anew ten times that; a page that no run touches costs nothing when it is dropped. Looking
 * means dropping everything after a run, so it is done for a few runs, and again after many.
 *
 * The plan is only about speed: whatever a run has touched is copied or dropped.
 */
export class HotPages {
  plan: RestorePlan = { hot: [], cold: [] };
  readonly #present = new Set<number>();
  readonly #own = new Set<number>();
  #period = FIRST_PERIOD;
  /** Runs still to look at when positive; restores until the next look when negative. */
  #state = SAMPLES;

  /** Whether the run that comes next is one to look at. */
  get isLooking(): boolean {
    return this.#state > 0;
  }

  /** What one run has touched, all having been dropped before it. True when the plan is made. */
  note({ present, own }: TouchedPages): boolean {
    // Nothing has run.
    if (present.length === 0) return false;
    for (const page of present) this.#present.add(page);
    for (const page of own) this.#own.add(page);
    this.#state -= 1;
    if (this.#state > 0) return false;
    this.plan = planOf(this.#present.size <= MANY_PAGES ? this.#present : this.#own);
    this.#present.clear();
    this.#own.clear();
    this.#state = -this.#period;
    this.#period = Math.min(this.#period * 2, LONGEST_PERIOD);
    return true;
  }

  /** A restore by the plan has been done. */
  used(): void {
    this.#state += 1;
    if (this.#state === 0) this.#state = SAMPLES;
  }
}

/** Stretches that cover these pages, in order, and short gaps between them. */
export function runsOf(pages: Iterable<number>): readonly Stretch[] {
  const runs: { start: number; end: number }[] = [];
  for (const page of [...pages].sort((a, b) => a - b)) {
    const start = page * PAGE_BYTES;
    const last = runs.at(-1);
    if (last !== undefined && start - last.end <= SMALL_GAP * PAGE_BYTES) last.end = start + PAGE_BYTES;
    else runs.push({ start, end: start + PAGE_BYTES });
  }
  return runs;
}

/** Exported for its test. */
export function planOf(pages: ReadonlySet<number>): RestorePlan {
  const hot = runsOf(pages);
  const cold: Stretch[] = [];
  let at = 0;
  for (const { start, end } of hot) {
    if (start > at) cold.push({ start: at, end: start });
    at = end;
  }
  return { hot, cold };
}
