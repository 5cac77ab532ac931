import { setTimeout as pause } from 'node:timers/promises';

/**
 * Looks at real state again and again until `look` answers something other than `undefined`, which is then
 * the result. Rejects after `timeoutMs` (default 15 000) with `what` was awaited and what `explain` adds.
 */
export async function until<Seen>(
  what: string,
  look: () => Promise<Seen | undefined>,
  options: { readonly timeoutMs?: number; readonly explain?: () => Promise<string> } = {},
): Promise<Seen> {
  const timeoutMs = options.timeoutMs ?? 15_000;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (performance.now() > deadline) {
      const more = await options.explain?.();
      throw new Error(`Cannot see that ${what} after ${timeoutMs} ms${more ? `\n${more}` : ''}`);
    }
    await pause(20);
  }
}
