const MAXIMUM_CAUSES = 5;

/** Text of something thrown: what it says, and where, without the prelude's own frames. */
export function describe(error, depth = 0) {
  try {
    const text = String(error);
    if (!(error instanceof Error) || typeof error.stack !== 'string') return text;
    const frames = error.stack.split('\n').filter((frame) => frame.trim() !== '' && !frame.includes('wws:'));
    const cause =
      error.cause === undefined || depth === MAXIMUM_CAUSES
        ? ''
        : `\nCaused by: ${describe(error.cause, depth + 1)}`;
    return [text, ...frames].join('\n') + cause;
  } catch {
    return 'A value that cannot be shown';
  }
}
