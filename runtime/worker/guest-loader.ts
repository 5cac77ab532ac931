import type { Guest, GuestSpec, NoteSource } from './guest.ts';

export type GuestLoader = (spec: GuestSpec, note: NoteSource) => Promise<Guest>;

const LANGUAGES: Readonly<Record<GuestSpec['language'], () => Promise<GuestLoader>>> = {
  javascript: async () => (await import('#runtime/languages/javascript/guest.ts')).loadJavaScriptGuest,
  interpreted: async () => (await import('#runtime/languages/interpreted/guest.ts')).loadInterpretedGuest,
  wasm: async () => {
    const { loadModuleGuest } = await import('./module-guest.ts');
    return async (spec) => await loadModuleGuest(spec);
  },
};

/** How guests of a language are loaded; `override` is the URL of a module that loads them all. */
export async function guestLoader(
  language: GuestSpec['language'],
  override: string | undefined,
): Promise<GuestLoader> {
  if (override === undefined) return await LANGUAGES[language]();
  return ((await import(override)) as { loadGuest: GuestLoader }).loadGuest;
}
