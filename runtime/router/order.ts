import type { Route, Segment } from './route.ts';

const KIND_RANK: Readonly<Record<Segment['kind'], number>> = { static: 0, dynamic: 1, tail: 2 };

/**
 * Which of two routes is asked first (wws "Match"): static, then dynamic, then tail. Among dynamic ones the
 * shorter, among tail ones the longer, and else segment by segment, static before dynamic before tail.
 */
export function compareRoutes(a: Route, b: Route): number {
  if (a.kind !== b.kind) return KIND_RANK[a.kind] - KIND_RANK[b.kind];
  const lengths = a.segments.length - b.segments.length;
  if (lengths !== 0) return a.kind === 'tail' ? -lengths : lengths;
  for (const [index, left] of a.segments.entries()) {
    const right = b.segments[index];
    if (right === undefined) break;
    const order = KIND_RANK[left.kind] - KIND_RANK[right.kind] || compareText(left.text, right.text);
    if (order !== 0) return order;
  }
  return 0;
}

/** By code unit: the same on every machine, whatever its locale. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
