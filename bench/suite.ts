import type { Row } from './report.ts';

/** What a suite is told: how often to measure, and where to say what it is doing. */
export interface SuiteOptions {
  readonly runs: number;
  readonly progress: (line: string) => void;
}

export type Suite = (options: SuiteOptions) => Promise<readonly Row[]>;
