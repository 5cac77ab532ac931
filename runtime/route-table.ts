import type { ServedRoute } from './server/project-server.ts';

/** What is served and where, once it listens. */
export interface Served {
  readonly root: string;
  readonly url: string;
  readonly json: boolean;
  readonly server: { readonly routes: readonly ServedRoute[]; readonly publicDirectory: string | undefined };
}

/** For people a table in the order routes are asked; for programs one line of JSON. */
export function routeTable({ root, url, server, json }: Served): string {
  const { routes, publicDirectory } = server;
  if (json) return `${JSON.stringify({ type: 'listening', url, root, routes, publicDirectory })}\n`;
  const width = Math.max(0, ...routes.map((route) => route.path.length));
  const lines = routes.map((route) => `  ${route.path.padEnd(width)}  ${route.worker}\n`);
  if (publicDirectory !== undefined) lines.push('  and the files of public/\n');
  if (lines.length === 0) lines.push('  no workers and no public/ here\n');
  return `Serving ${root} at ${url}\n${lines.join('')}`;
}
