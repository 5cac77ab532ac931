export type Segment =
  | { readonly kind: 'static'; readonly text: string }
  /** `[name]`: any one segment. */
  | { readonly kind: 'dynamic'; readonly text: string; readonly name: string }
  /** `[...name]`: this segment and all after it. */
  | { readonly kind: 'tail'; readonly text: string; readonly name: string };

/** Where a worker is served, without the prefix (wws "File to route"). */
export interface Route {
  readonly kind: Segment['kind'];
  /** Starts with `/`, as shown to people: `/users/[id]`. */
  readonly path: string;
  readonly segments: readonly Segment[];
}

export interface RouteProblem {
  readonly problem: string;
}

const PARAMETER = /^\[(\.\.\.)?(\w+)\]$/;

/**
 * The route of a worker file, given its path below the project's root with `/` between components.
 * The last extension goes, and so does every component named `index`, directories too.
 */
export function routeOfFile(name: string): Route | RouteProblem {
  const components = name.replace(/\.[^./]*$/, '').split('/');
  const segments: Segment[] = [];
  for (const text of components) {
    if (text === 'index') continue;
    const segment = parseSegment(text);
    if (segment === undefined) {
      return { problem: `"${text}" is no parameter: its name takes letters, digits and "_"` };
    }
    if (segments.at(-1)?.kind === 'tail')
      return { problem: '"[...]" takes the rest of a path and must come last' };
    segments.push(segment);
  }
  return { kind: kindOf(segments), path: `/${segments.map((segment) => segment.text).join('/')}`, segments };
}

/** Brackets make a parameter only where they open a segment; `user-[id]` is plain text. */
function parseSegment(text: string): Segment | undefined {
  if (!text.startsWith('[')) return { kind: 'static', text };
  const [, dots, name] = PARAMETER.exec(text) ?? [];
  if (name === undefined) return undefined;
  return { kind: dots === undefined ? 'dynamic' : 'tail', text, name };
}

function kindOf(segments: readonly Segment[]): Segment['kind'] {
  if (segments.some((segment) => segment.kind === 'tail')) return 'tail';
  return segments.some((segment) => segment.kind === 'dynamic') ? 'dynamic' : 'static';
}

/** `\` counts as `/`, one leading `/` is ensured, trailing ones go; no prefix is the empty string. */
export function normalisePrefix(prefix: string): string {
  const components = prefix
    .replaceAll('\\', '/')
    .split('/')
    .filter((component) => component !== '');
  return components.map((component) => `/${component}`).join('');
}
