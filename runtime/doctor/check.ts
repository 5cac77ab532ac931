/** One thing the doctor has looked at. */
export interface Check {
  readonly name: string;
  /** `warn`: something is not there that only some need. `fail`: nothing works without it. */
  readonly status: 'ok' | 'warn' | 'fail';
  /** What was found. */
  readonly found: string;
  /** What to do about it; only where there is something to do. */
  readonly advice?: string;
}

export interface CheckGroup {
  readonly title: string;
  readonly checks: readonly Check[];
}

export function ok(name: string, found: string): Check {
  return { name, status: 'ok', found };
}

export function warn(name: string, found: string, advice: string): Check {
  return { name, status: 'warn', found, advice };
}

export function fail(name: string, found: string, advice: string): Check {
  return { name, status: 'fail', found, advice };
}
