import type { Row } from './report.ts';

/** What a suite is told: how often to measure, and where to say what it is doing. */
export interface SuiteOptions {
  readonly runs: number;
  readonly progress: (line: string) => void;
  /** Where what is measured is pinned, and where what loads it, as `taskset` lists cores; where a suite knows better, absent. */
  readonly serverCores?: string | undefined;
  readonly loadCores?: string | undefined;
}

export type Suite = (options: SuiteOptions) => Promise<readonly Row[]>;
