import type { KitForm, KitLanguage } from '#e2e/harness/build-workers.ts';
import { probe } from '#e2e/harness/kit-workers.ts';
import { loadModuleGuest } from '#runtime/worker/module-guest.ts';
import { guestSpec } from '#runtime/worker/testdata/guest-spec.ts';
import type { MeasuredLanguage } from './guests.ts';

/** How the kits' workers are served best: Go starts a runtime, which is done once where it is prepared. */
const SERVED: readonly (readonly [KitLanguage, KitForm])[] = [
  ['go', 'prepared'],
  ['rust', 'command'],
];

/** Workers of the kits, against the same program in a new instance that is started for each request. */
export async function compiledLanguages(): Promise<readonly MeasuredLanguage[]> {
  const languages: MeasuredLanguage[] = [];
  for (const [language, form] of SERVED) {
    const command = guestSpec({ file: await probe(language, 'command') });
    languages.push({
      row: language,
      restored: await loadModuleGuest(guestSpec({ file: await probe(language, form) })),
      full: await loadModuleGuest(command, { rung: 'new' }),
      requests: { restored: 1000, full: 20 },
    });
  }
  return languages;
}
