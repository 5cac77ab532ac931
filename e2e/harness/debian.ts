import { chmod, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { attempt, type CommandOptions, run } from './command.ts';
import { progress } from './progress.ts';

const SLOW: CommandOptions = { timeoutMs: 900_000 };

/** The archive this machine's own apt takes Debian from, e.g. to make trees of other releases with. */
export async function mirror(): Promise<string> {
  const targets = await run([
    'apt-get',
    'indextargets',
    '--format',
    '$(REPO_URI) $(COMPONENT) $(LABEL)',
    'Created-By: Packages',
  ]);
  const found = targets.split('\n').map((line) => line.split(' '));
  const debian = found.find(([, component, label]) => component === 'main' && label === 'Debian');
  // Without package lists the labels are unknown: then the first source with a `main` has to do.
  const uri = (debian ?? found.find(([, component]) => component === 'main'))?.[0];
  if (uri === undefined || !/^https?:/.test(uri)) {
    throw new Error('Cannot find a Debian mirror: apt has no http source with the component "main"');
  }
  return uri.replace(/\/$/, '');
}

/** Name of the Debian release this machine runs, e.g. `bookworm`. */
export async function codename(): Promise<string> {
  const release = await readFile('/etc/os-release', 'utf8');
  const name = /^VERSION_CODENAME=(\S+)$/m.exec(release)?.[1];
  if (name === undefined)
    throw new Error('Cannot tell the Debian release: no VERSION_CODENAME in /etc/os-release');
  return name;
}

/** Unpacks packages of this machine's release into `directory`; nothing is installed, no script of theirs runs. */
export async function unpack(packages: readonly string[], directory: string): Promise<void> {
  const scratch = await mkdtemp(path.join(os.tmpdir(), 'wws-packages-'));
  try {
    // apt fetches as a user of its own.
    await chmod(scratch, 0o755);
    const download = ['apt-get', 'download', '-q', ...packages];
    await run(download, { ...SLOW, cwd: scratch }).catch(async () => {
      progress('apt-get update');
      await run(['apt-get', 'update', '-q'], SLOW);
      await run(download, { ...SLOW, cwd: scratch });
    });
    for (const file of await readdir(scratch)) {
      if (file.endsWith('.deb')) await run(['dpkg', '-x', path.join(scratch, file), directory], SLOW);
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Installs those of `packages` that are missing. For tools only: none of them may start a service. */
export async function install(packages: readonly string[]): Promise<void> {
  const missing: string[] = [];
  for (const name of packages) if (!(await isInstalled(name))) missing.push(name);
  if (missing.length === 0) return;
  progress(`apt-get install ${missing.join(' ')}`);
  const env = { ...environment(), DEBIAN_FRONTEND: 'noninteractive' };
  const command = ['apt-get', 'install', '-q', '-y', '--no-install-recommends', ...missing];
  await run(command, { ...SLOW, env }).catch(async () => {
    await run(['apt-get', 'update', '-q'], SLOW);
    await run(command, { ...SLOW, env });
  });
}

/** Makes a Debian root of `release` in `directory`, with `packages` in it. */
export async function bootstrap(
  release: string,
  packages: readonly string[],
  directory: string,
): Promise<void> {
  await mkdir(directory, { recursive: true });
  const proxy = /Acquire::http::Proxy "([^"]+)";/.exec(
    await run(['apt-config', 'dump', 'Acquire::http::Proxy']),
  )?.[1];
  const env = { ...environment(), ...(proxy === undefined ? {} : { http_proxy: proxy }) };
  // The script named last serves every release since jessie: a debootstrap older than the release lacks its own.
  const command = ['debootstrap', '--variant=minbase', `--include=${packages.join(',')}`];
  await run([...command, release, directory, await mirror(), 'sid'], { ...SLOW, env });
}

/** `name version` of each of `packages` that the tree at `root` carries. */
export async function carried(root: string, packages: readonly string[]): Promise<readonly string[]> {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholders.
  const format = '${Package} ${Version}\n';
  const list = await run(['dpkg-query', `--root=${root}`, '-W', '-f', format, ...packages]);
  return list.trim().split('\n');
}

async function isInstalled(name: string): Promise<boolean> {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholder.
  const query = ['dpkg-query', '-W', '-f', '${db:Status-Status}', name];
  // It exits with 1 for a package it has never heard of.
  return (await attempt(query)).stdout === 'installed';
}

/** This process's environment with administrators' folders in PATH: a plain `su` leaves them out. */
function environment(): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) if (value !== undefined) env[name] = value;
  return { ...env, PATH: `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin` };
}
