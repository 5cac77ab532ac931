import type { Changes } from './fingerprint.ts';

/** What is wrong with a project, told again after a reload only where somebody has just tried to mend it. */
export class KnownProblems {
  #before: ReadonlySet<string> = new Set();
  #now = new Set<string>();
  #touched: readonly string[] = [];

  /** How many there are, those not told again included. */
  get count(): number {
    return this.#now.size;
  }

  /** Another reading of the project begins. */
  reload({ added, changed, removed }: Changes): void {
    this.#before = this.#now;
    this.#now = new Set();
    this.#touched = [...added, ...changed, ...removed];
  }

  /** Notes a problem, and answers whether to tell it. */
  isNews(problem: string): boolean {
    this.#now.add(problem);
    return !this.#before.has(problem) || this.#touched.some((name) => problem.includes(name));
  }
}
