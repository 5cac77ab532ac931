/** How one test ended, or what else went wrong outside a test: a file that does not load, a failed hook. */
export interface TestEnd {
  /** File and titles, for a person. */
  readonly name: string;
  readonly state: 'passed' | 'failed' | 'skipped';
}

/** A test that may be skipped on this kind of machine, and why. */
export interface AllowedSkip {
  readonly name: string;
  readonly reason: string;
}

export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Why the run is no success although no test failed; one line each. */
  readonly complaints: readonly string[];
}

/** Counts a run. A skip nobody allowed is a complaint, and so is a run without a single test. */
export function tally(ends: readonly TestEnd[], allowed: readonly AllowedSkip[]): Tally {
  const count = (state: TestEnd['state']): number => ends.filter((end) => end.state === state).length;
  const complaints = ends
    .filter((end) => end.state === 'skipped' && !allowed.some((skip) => skip.name === end.name))
    .map((end) => `Skipped without leave: ${end.name}`);
  if (count('passed') + count('failed') === 0) complaints.push('No test ran');
  return { passed: count('passed'), failed: count('failed'), skipped: count('skipped'), complaints };
}

/** The line a run ends with. */
export function summary({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
