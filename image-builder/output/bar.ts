/** Eighths of a cell, from one on. */
const EIGHTHS = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'] as const;

/** Whether what is printed may hold more than ASCII, by the locale (POSIX XBD 8.2). */
export function writesUnicode(env: NodeJS.ProcessEnv): boolean {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  return /utf-?8/i.test(locale);
}

/** A bar for `share`, 0 to 1, of `width` cells. What is there has a mark, however small it is. */
export function bar(share: number, width: number, isUnicode: boolean): string {
  if (share <= 0) return '';
  if (!isUnicode) return '#'.repeat(Math.max(1, Math.round(share * width)));
  const eighths = Math.max(1, Math.round(share * width * 8));
  return '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[(eighths % 8) - 1] ?? '');
}
