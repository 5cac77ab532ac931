import { compareRoutes } from './order.ts';
import type { Route } from './route.ts';

export interface Match<T> {
  readonly value: T;
  readonly params: Readonly<Record<string, string>>;
  /** Files of `public/` come before dynamic and tail routes and after static ones. */
  readonly kind: Route['kind'];
}

export interface RouterEntry<T> {
  readonly route: Route;
  readonly value: T;
}

interface Leaf<T> {
  readonly rank: number;
  readonly entry: RouterEntry<T>;
}

interface Node<T> {
  /** The best rank in this part of the tree: what is worse than a match at hand is not searched. */
  best: number;
  readonly statics: Map<string, Node<T>>;
  /** One branch per parameter name, since the name takes part in the order. */
  readonly dynamics: Map<string, Node<T>>;
  leaf: Leaf<T> | undefined;
  tail: Leaf<T> | undefined;
}

/**
 * Finds the worker for a path. Static routes are one look-up; the others form a tree whose leaves carry
 * their place in the order of `compareRoutes`, and the lowest place that fits wins.
 */
export class Router<T> {
  /** In the order they are asked. */
  readonly entries: readonly RouterEntry<T>[];
  /** Entries that can never match: an earlier one has the same route. */
  readonly shadowed: readonly RouterEntry<T>[];
  readonly #statics = new Map<string, Match<T>>();
  readonly #tree: Node<T> = newNode();

  /** Of routes that match the same paths one is served: the first by parameter name, then the first given. */
  constructor(entries: readonly RouterEntry<T>[]) {
    const sorted = entries.toSorted((a, b) => compareRoutes(a.route, b.route));
    const seen = new Set<string>();
    const shadowed: RouterEntry<T>[] = [];
    const served: RouterEntry<T>[] = [];
    for (const entry of sorted) {
      const shape = shapeOf(entry.route);
      (seen.has(shape) ? shadowed : served).push(entry);
      seen.add(shape);
    }
    this.entries = served;
    this.shadowed = shadowed;
    for (const [rank, entry] of served.entries()) this.#add(entry, rank);
  }

  #add(entry: RouterEntry<T>, rank: number): void {
    const { route, value } = entry;
    if (route.kind === 'static') {
      const key = route.segments.map((segment) => segment.text).join('/');
      this.#statics.set(key, { value, params: {}, kind: 'static' });
      return;
    }
    let node = this.#tree;
    node.best = Math.min(node.best, rank);
    for (const segment of route.segments) {
      if (segment.kind === 'tail') {
        node.tail = { rank, entry };
        return;
      }
      const branches = segment.kind === 'static' ? node.statics : node.dynamics;
      let next = branches.get(segment.text);
      if (next === undefined) {
        next = newNode();
        branches.set(segment.text, next);
      }
      next.best = Math.min(next.best, rank);
      node = next;
    }
    node.leaf = { rank, entry };
  }

  /** `segments` as `parseTarget` gives them, without the prefix. */
  match(segments: readonly string[]): Match<T> | undefined {
    const fixed = this.#statics.get(segments.length === 1 ? (segments[0] ?? '') : segments.join('/'));
    if (fixed !== undefined) return fixed;
    const leaf = search(this.#tree, segments, 0, undefined);
    if (leaf === undefined) return undefined;
    const { route, value } = leaf.entry;
    return { value, params: paramsOf(route, segments), kind: route.kind };
  }
}

/** What a route matches, whatever its parameters are called. */
function shapeOf(route: Route): string {
  return route.segments
    .map((segment) => (segment.kind === 'static' ? `=${segment.text}` : segment.kind))
    .join('/');
}

function newNode<T>(): Node<T> {
  return {
    best: Number.POSITIVE_INFINITY,
    statics: new Map(),
    dynamics: new Map(),
    leaf: undefined,
    tail: undefined,
  };
}

/** Each node is entered at most once per look-up: the cost is bounded by the number of routes. */
function search<T>(
  node: Node<T>,
  segments: readonly string[],
  depth: number,
  found: Leaf<T> | undefined,
): Leaf<T> | undefined {
  let best = found;
  const consider = (leaf: Leaf<T> | undefined): void => {
    if (leaf !== undefined && leaf.rank < (best?.rank ?? Number.POSITIVE_INFINITY)) best = leaf;
  };
  const segment = segments[depth];
  // A tail takes at least one segment, except at the root, where it answers "/" too.
  if (segment !== undefined || depth === 0) consider(node.tail);
  if (segment === undefined) {
    consider(node.leaf);
    return best;
  }
  const fixed = node.statics.get(segment);
  if (fixed !== undefined && fixed.best < (best?.rank ?? Number.POSITIVE_INFINITY)) {
    best = search(fixed, segments, depth + 1, best);
  }
  for (const branch of node.dynamics.values()) {
    if (branch.best < (best?.rank ?? Number.POSITIVE_INFINITY))
      best = search(branch, segments, depth + 1, best);
  }
  return best;
}

function paramsOf(route: Route, segments: readonly string[]): Readonly<Record<string, string>> {
  const params: [string, string][] = [];
  for (const [index, segment] of route.segments.entries()) {
    if (segment.kind === 'dynamic') params.push([segment.name, segments[index] ?? '']);
    else if (segment.kind === 'tail') params.push([segment.name, segments.slice(index).join('/')]);
  }
  // From entries: a parameter named "__proto__" becomes a plain property.
  return Object.fromEntries(params);
}
