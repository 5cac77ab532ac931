import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Guest } from '#runtime/worker/guest.ts';
import { NO_HOST } from '#runtime/worker/testdata/asking.ts';
import { compiledLanguages } from '../languages/compiled-guests.ts';
import { type MeasuredLanguage, measuredLanguages, REQUEST } from '../languages/guests.ts';
import type { Row } from '../report.ts';
import { quantile } from '../statistics.ts';
import type { SuiteOptions } from '../suite.ts';

/** Before anything counts: code is compiled by and by, and restoring learns which pages a worker touches. */
const WARM_UP = 10;

/**
 * `languages`: what one request takes of its thread, in fresh state, without HTTP: as workers are served, and with
 * their language started for the request. A sample is the median of some requests in a row.
 */
export async function measureLanguages({ runs, progress }: SuiteOptions): Promise<readonly Row[]> {
  const scratch = await mkdtemp(path.join(tmpdir(), 'bench-languages-'));
  try {
    const languages = [...(await measuredLanguages(scratch)), ...(await compiledLanguages())];
    return await measure(languages, runs, progress);
  } finally {
    await rm(scratch, { recursive: true });
  }
}

async function measure(
  languages: readonly MeasuredLanguage[],
  runs: number,
  progress: SuiteOptions['progress'],
): Promise<readonly Row[]> {
  const samples = new Map<Guest, number[]>();
  for (let round = -WARM_UP; round < runs; round++) {
    for (const { restored, full, requests } of languages) {
      const fullRequests = round < -1 ? 0 : requests.full;
      for (const [guest, count] of [
        [restored, requests.restored],
        [full, fullRequests],
      ] as const) {
        const median = await medianOf(guest, count);
        if (round >= 0) samples.set(guest, [...(samples.get(guest) ?? []), median]);
      }
    }
    if (round >= 0) progress(`round ${round + 1} of ${runs}`);
  }
  return [
    ...languages.map((language) =>
      rowOf(language.row, samples.get(language.restored), `${language.row}-full`),
    ),
    ...languages.map((language) => rowOf(`${language.row}-full`, samples.get(language.full))),
  ];
}

function rowOf(row: MeasuredLanguage['row'], samples: readonly number[] = [], against?: string): Row {
  return { suite: 'languages', row, unit: 'ms', samples, ...(against === undefined ? {} : { against }) };
}

/** Milliseconds of a request, of `count` in a row. */
async function medianOf(guest: Guest, count: number): Promise<number> {
  const took: number[] = [];
  for (let request = 0; request < count; request++) {
    const began = performance.now();
    const result = await guest.handle(REQUEST, NO_HOST);
    took.push(performance.now() - began);
    if (!result.ok) throw new Error(`Cannot measure: ${result.reason}: ${Buffer.from(result.stderr)}`);
  }
  return count === 0 ? 0 : quantile(took, 0.5);
}
