import type { GuestSpec } from '#runtime/worker/guest.ts';

export type Language = GuestSpec['language'];

const LANGUAGES: Readonly<Record<string, Language>> = { '.js': 'javascript', '.wasm': 'wasm' };

/** Files people expect to be workers and nothing here can run. */
const WITHOUT_LANGUAGE: ReadonlySet<string> = new Set(['.py', '.rb']);

/** The language of a file by its extension; `unsupported` for a known one that nothing here runs. */
export function languageOf(extension: string): Language | 'unsupported' | undefined {
  return WITHOUT_LANGUAGE.has(extension) ? 'unsupported' : LANGUAGES[extension];
}
