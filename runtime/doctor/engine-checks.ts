import { constants } from 'node:fs';
import { access, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { type Check, ok, warn } from './check.ts';
import { askContainerd, askDocker } from './sockets.ts';

const SHIM = 'containerd-shim-wws-v1';

/** Where daemons look besides our own PATH: that of systemd's services. */
const DAEMON_PATH: readonly string[] = [
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
];

/** Where containerd listens by itself, for k3s and RKE2, and for a Docker that starts its own. */
const CONTAINERD_SOCKETS: readonly string[] = [
  '/run/containerd/containerd.sock',
  '/run/k3s/containerd/containerd.sock',
  '/run/docker/containerd/containerd.sock',
];

const DOCKER_SOCKET = '/var/run/docker.sock';

/** containerd's configuration as k3s and RKE2 write it. */
const KUBERNETES: Readonly<Record<string, string>> = {
  k3s: '/var/lib/rancher/k3s/agent/etc/containerd/config.toml',
  RKE2: '/var/lib/rancher/rke2/agent/etc/containerd/config.toml',
};

/** The programs that may start containers of ours. Nothing of them has to be there. */
export async function engineChecks(): Promise<readonly Check[]> {
  return [
    await shimCheck(),
    ...(await containerdChecks()),
    await dockerCheck(process.env['DOCKER_HOST']),
    ...(await kubernetesChecks()),
    await gitCheck(),
  ];
}

async function shimCheck(): Promise<Check> {
  const file = await findProgram(SHIM, DAEMON_PATH);
  if (file !== undefined) return ok('Shim', file);
  const elsewhere = await findProgram(SHIM, pathDirectories());
  return elsewhere === undefined
    ? warn('Shim', `no ${SHIM} in PATH`, 'Containers need it: "make install"')
    : warn('Shim', elsewhere, `Daemons may not look there: put it into ${DAEMON_PATH[1]}`);
}

async function containerdChecks(): Promise<readonly Check[]> {
  const checks: Check[] = [];
  for (const socket of CONTAINERD_SOCKETS) {
    if (!(await exists(socket))) continue;
    const name = 'containerd';
    try {
      const version = await askContainerd(socket);
      const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
      const found = `${version} at ${socket}`;
      const isOld = major < 1 || (major === 1 && minor < 6);
      checks.push(isOld ? warn(name, found, 'containerd 1.6 or later is needed') : ok(name, found));
    } catch (error) {
      checks.push(warn(name, `${socket}: ${reasonOf(error)}`, 'Run as root to look, or see whether it runs'));
    }
  }
  if (checks.length > 0) return checks;
  return [warn('containerd', 'no socket found', 'Only containers need it; serving by hand does not')];
}

async function dockerCheck(host: string | undefined): Promise<Check> {
  const socket = host?.startsWith('unix://') === true ? host.slice('unix://'.length) : DOCKER_SOCKET;
  if (!(await exists(socket)))
    return warn('Docker', `no socket at ${socket}`, 'Only "docker run" needs it; serving by hand does not');
  try {
    const { version, hasImageStore } = await askDocker(socket);
    const found = `${version} at ${socket}`;
    return hasImageStore
      ? ok('Docker', `${found}, with the containerd image store`)
      : warn(
          'Docker',
          `${found}, without the containerd image store`,
          'Write {"features": {"containerd-snapshotter": true}} into /etc/docker/daemon.json and restart Docker',
        );
  } catch (error) {
    return warn('Docker', `${socket}: ${reasonOf(error)}`, 'Run as root to look, or see whether it runs');
  }
}

async function kubernetesChecks(): Promise<readonly Check[]> {
  const checks: Check[] = [];
  for (const [name, file] of Object.entries(KUBERNETES)) {
    if (!(await exists(path.dirname(file)))) continue;
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text === undefined) checks.push(warn(name, `${file} cannot be read`, 'Run as root to look'));
    else if (text.includes('io.containerd.wws.v1')) checks.push(ok(name, 'has the runtime handler for wws'));
    else checks.push(warn(name, 'has no runtime handler for wws', `Install the shim, and restart ${name}`));
  }
  return checks;
}

async function gitCheck(): Promise<Check> {
  const file = await findProgram('git', pathDirectories());
  return file === undefined
    ? warn('git', 'not installed', 'Only "wws https://….git" needs it')
    : ok('git', file);
}

function pathDirectories(): readonly string[] {
  return (process.env['PATH'] ?? '').split(':').filter((directory) => directory !== '');
}

async function findProgram(name: string, directories: readonly string[]): Promise<string | undefined> {
  for (const directory of directories) {
    const file = path.join(directory, name);
    const isProgram = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isProgram && (await stat(file)).isFile()) return file;
  }
  return undefined;
}

async function exists(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined)) !== undefined;
}

/** Where a connection fails, HTTP/2 tells of the stream first, and of the connection as its cause. */
function reasonOf(error: unknown): string {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'EACCES') return 'permission denied';
    if (code === 'ECONNREFUSED') return 'nobody listens';
  }
  return error instanceof Error ? error.message : String(error);
}
