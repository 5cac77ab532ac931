import { missingLanguages } from '#runtime/project/missing-languages.ts';
import { scanProject } from '#runtime/project/scan.ts';

/** A language that was installed into an app. */
export interface AppLanguage {
  readonly name: string;
  readonly version: string;
  /** Files that it runs, sorted. */
  readonly workers: readonly string[];
}

export interface AppLanguages {
  readonly installed: readonly AppLanguage[];
  /** What a container of the app will say about languages, one line each. */
  readonly warnings: readonly string[];
}

/** Looks at an app as the runtime will: a language that is not installed now is not there in the container. */
export async function appLanguages(directory: string): Promise<AppLanguages> {
  const { workers, installed } = await scanProject({ root: directory });
  const found = new Map<string, AppLanguage & { readonly workers: string[] }>();
  for (const { name: worker, language } of workers) {
    if (language.kind !== 'interpreted') continue;
    const { name, version } = language.interpreter;
    const known = found.get(`${name} ${version}`) ?? { name, version, workers: [] };
    known.workers.push(worker);
    found.set(`${name} ${version}`, known);
  }
  return { installed: [...found.values()], warnings: [...installed.warnings, ...missingLanguages(workers)] };
}
