import { realpath, stat } from 'node:fs/promises';
import type { RuntimesArgs } from './runtimes-args.ts';

/** `wws runtimes …` (wws §6.3). Resolves with the exit code; rejects with what went wrong. */
export async function runRuntimes(args: RuntimesArgs): Promise<number> {
  const { action, json, repository } = args;
  const project = await projectDirectory(args.project);
  switch (action.verb) {
    case 'list':
      return await (await import('./list-runtimes.ts')).listRuntimes(project, repository, json);
    case 'check':
      return await (await import('./check-runtimes.ts')).checkRuntimes(project, json);
    case 'install':
      return await (await import('./install-runtimes.ts')).runInstall(
        project,
        repository,
        action.runtime,
        json,
      );
    case 'snapshot':
      return await (await import('./snapshot-runtimes.ts')).snapshotRuntimes(project, action.out, json);
    case 'uninstall':
      return await (await import('./uninstall-runtime.ts')).uninstallRuntime(project, action.runtime, json);
  }
}

async function projectDirectory(project: string): Promise<string> {
  const status = await stat(project).catch(() => undefined);
  if (status?.isDirectory() !== true) throw new Error(`Cannot open project "${project}": no such directory`);
  return await realpath(project);
}
