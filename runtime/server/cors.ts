/**
 * `--cors` origins on every answer (Fetch standard, CORS protocol): scripts read errors and files as well as
 * what workers say. One origin is always named, of several the one that asks.
 */
export function originHeaders(
  origins: readonly string[],
  asking: string | undefined,
): Readonly<Record<string, string>> {
  const [only] = origins;
  if (origins.includes('*')) return { 'access-control-allow-origin': '*' };
  if (origins.length === 1 && only !== undefined) return { 'access-control-allow-origin': only };
  return asking !== undefined && origins.includes(asking)
    ? { 'access-control-allow-origin': asking, vary: 'Origin' }
    : { vary: 'Origin' };
}
