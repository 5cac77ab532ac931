import { type MissingLanguage, missingProblem } from './languages.ts';
import type { WorkerFile } from './scan.ts';

/** A line for each language that workers are written in and that is not installed. */
export function missingLanguages(workers: readonly WorkerFile[]): readonly string[] {
  const missing = new Map<MissingLanguage, WorkerFile[]>();
  for (const worker of workers) {
    const { language } = worker;
    if (language.kind === 'missing') missing.set(language, [...(missing.get(language) ?? []), worker]);
  }
  return [...missing].map(([language, [first, ...more]]) => {
    const others = more.length === 0 ? '' : ` and ${more.length} more`;
    return `Cannot run "${first?.name}"${others}: ${missingProblem(language)}`;
  });
}
