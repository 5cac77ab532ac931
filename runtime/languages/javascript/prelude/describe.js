/** Text of something thrown: what it says, and where, without the prelude's own frames. */
export function describe(error) {
  try {
    const text = String(error);
    if (!(error instanceof Error) || typeof error.stack !== 'string') return text;
    const frames = error.stack.split('\n').filter((frame) => frame.trim() !== '' && !frame.includes('wws:'));
    const cause = error.cause === undefined ? '' : `\nCaused by: ${describe(error.cause)}`;
    return [text, ...frames].join('\n') + cause;
  } catch {
    return 'A value that cannot be shown';
  }
}
