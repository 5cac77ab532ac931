import { ImageError } from '../errors.ts';

/** Serves the project that is the image's root. */
export const PROJECT_ENTRYPOINT: readonly string[] = ['.'];

/**
 * Reads `--entrypoint`: a JSON list as a Dockerfile's exec form, or one word. There is no shell in a Wasm container, so
 * a plain text is never split.
 */
export function parseEntrypoint(text: string): readonly string[] {
  if (!text.trimStart().startsWith('[')) return checked([text], text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ImageError('usage', `Cannot use '${text}' as an entrypoint: it is not valid JSON`, {
      cause: error,
    });
  }
  if (!Array.isArray(value) || !value.every((word) => typeof word === 'string')) {
    throw new ImageError('usage', `Cannot use '${text}' as an entrypoint: it is not a list of strings`);
  }
  return checked(value, text);
}

function checked(words: readonly string[], text: string): readonly string[] {
  if (words[0]) return words;
  throw new ImageError('usage', `Cannot use '${text}' as an entrypoint: its first word is empty`);
}
