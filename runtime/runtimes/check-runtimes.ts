import { NO_METADATA } from '#runtime/project/metadata.ts';
import { readMetadata } from '#runtime/project/metadata-file.ts';
import { type FileState, isWhole, statesOf } from './installation.ts';

/** `wws runtimes check`: whether every file that `.wws.toml` names is there, and is what it should be. */
export async function checkRuntimes(project: string, json: boolean): Promise<number> {
  const { repositories } = (await readMetadata(project)) ?? NO_METADATA;
  const results: object[] = [];
  const lines: string[] = [];
  let isSound = true;
  for (const { name: repository, runtimes } of repositories) {
    for (const runtime of runtimes) {
      const states = await statesOf(project, repository, runtime);
      const { name, version } = runtime;
      isSound &&= isWhole(states);
      results.push({ repository, name, version, ok: isWhole(states), files: Object.fromEntries(states) });
      lines.push(`${name} ${version}: ${problemsOf(states) || 'all files are there'}`);
    }
  }
  if (results.length === 0) lines.push('No runtimes are named in .wws.toml; what is built in needs none');
  if (!isSound) lines.push('Run "wws runtimes install" to bring what is missing');
  process.stdout.write(`${json ? JSON.stringify({ ok: isSound, runtimes: results }) : lines.join('\n')}\n`);
  return isSound ? 0 : 1;
}

function problemsOf(states: ReadonlyMap<string, FileState>): string {
  return [...states]
    .filter(([, state]) => state !== 'ok')
    .map(([file, state]) => (state === 'missing' ? `"${file}" is missing` : `"${file}" has another checksum`))
    .join(', ');
}
