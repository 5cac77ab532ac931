import type { ProjectServerOptions } from '../project-server.ts';

/** How a project is served that nobody has said anything about. */
export function plainOptions(root: string): Omit<ProjectServerOptions, 'log'> {
  return { root, boundary: '/', mounts: [], ignore: [], environment: {}, prefix: '', cors: [] };
}
