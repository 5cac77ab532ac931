import { closeSync, constants, openSync } from 'node:fs';
import { access, readdir, readFile, statfs } from 'node:fs/promises';
import { release } from 'node:os';
import { type Check, fail, ok, warn } from './check.ts';

/** As statfs(2) has it. */
const CGROUP2_MAGIC = 0x63677270;

/** Controllers that limits of containers need. */
const CONTROLLERS: readonly string[] = ['cpu', 'memory', 'pids'];

/** Directories are watched one by one, and several programs of a user share the count. */
const FEW_WATCHES = 8_192;

/** As many connections as the server takes, and the files of its workers. */
const FEW_FILES = 4_096;

/** What the system under us can do. */
export async function kernelChecks(): Promise<readonly Check[]> {
  return [
    ok('Kernel', `Linux ${release()}`),
    nodeCheck(),
    ...(await systemCallChecks()),
    await seccompCheck(),
    await cgroupCheck(),
    userCheck(),
    await fileLimitCheck(),
    await inotifyCheck(),
  ];
}

function nodeCheck(): Check {
  const [major = 0] = process.versions.node.split('.').map(Number);
  const found = `${process.versions.node} at ${process.execPath}`;
  return major >= 26
    ? ok('Node', found)
    : fail('Node', found, 'Node 26 is needed: run the wws that brings its own');
}

async function systemCallChecks(): Promise<readonly Check[]> {
  const name = 'Calls of the system (node:ffi)';
  const ffi: unknown = process.getBuiltinModule('node:ffi');
  if (ffi === undefined) return [fail(name, 'missing', 'Run the Node that came with wws')];
  return [
    ok(name, 'available'),
    await probe('Paths resolved by the kernel (openat2)', resolveByKernel, {
      advice: 'Folders of workers need it: Linux 5.6 or later, and no seccomp filter that forbids it',
    }),
    await probe(
      'Memory by copy on write (memfd, mmap)',
      async () => (await import('./copy-on-write.ts')).tryCopyOnWrite(),
      { advice: 'Workers are restored by copying instead, which is slower', isOptional: true },
    ),
  ];
}

async function resolveByKernel(): Promise<void> {
  const { close, openat2, O_PATH, Resolve } = await import('#runtime/wasi/kernel.ts');
  const fd = openSync('/', constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    close(openat2(fd, Buffer.from('.\0'), O_PATH, Resolve.beneath | Resolve.noMagiclinks));
  } finally {
    closeSync(fd);
  }
}

async function probe(
  name: string,
  attempt: () => Promise<void>,
  { advice, isOptional = false }: { readonly advice: string; readonly isOptional?: boolean },
): Promise<Check> {
  try {
    await attempt();
    return ok(name, 'works');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return isOptional ? warn(name, reason, advice) : fail(name, reason, advice);
  }
}

async function seccompCheck(): Promise<Check> {
  const actions = await textOf('/proc/sys/kernel/seccomp/actions_avail');
  const mode = /^Seccomp:\s*(\d)/m.exec((await textOf('/proc/self/status')) ?? '')?.[1];
  if (mode === undefined)
    return warn(
      'System call filters (seccomp)',
      'missing',
      'Containers need a kernel with CONFIG_SECCOMP_FILTER',
    );
  const around = mode === '0' ? '' : '; this process runs under one already';
  return ok('System call filters (seccomp)', `${actions?.trim() ?? 'available'}${around}`);
}

async function cgroupCheck(): Promise<Check> {
  const root = '/sys/fs/cgroup';
  const name = 'Control groups';
  const type = await statfs(root).then(
    (status) => status.type,
    () => undefined,
  );
  if (type === undefined)
    return warn(name, `nothing at ${root}`, 'Limits of containers will not hold: mount cgroup2 there');
  const isV2 = type === CGROUP2_MAGIC;
  const controllers = isV2
    ? ((await textOf(`${root}/cgroup.controllers`)) ?? '').trim().split(' ')
    : (await readdir(root)).flatMap((entry) => entry.split(','));
  const isHybrid = !isV2 && controllers.includes('unified');
  const version = isV2 ? 'version 2' : isHybrid ? 'version 1 with an empty version 2 (hybrid)' : 'version 1';
  const missing = CONTROLLERS.filter((controller) => !controllers.includes(controller));
  if (missing.length > 0)
    return warn(
      name,
      `${version}, without ${missing.join(', ')}`,
      `Limits of these will not hold in containers: enable the controllers`,
    );
  const isOurs = await access(isV2 ? `${root}/cgroup.procs` : `${root}/memory`, constants.W_OK).then(
    () => true,
    () => false,
  );
  return ok(
    name,
    `${version}, ${CONTROLLERS.join(', ')}, ${isOurs ? 'writable' : 'not writable by this user'}`,
  );
}

function userCheck(): Check {
  const uid = process.getuid?.();
  return uid === 0
    ? ok('User', 'root')
    : warn(
        'User',
        `uid ${uid}`,
        'Serving by hand works; the shim for containers is started by containerd, as root',
      );
}

async function fileLimitCheck(): Promise<Check> {
  const [, soft = '', hard = ''] =
    /^Max open files\s+(\w+)\s+(\w+)/m.exec((await textOf('/proc/self/limits')) ?? '') ?? [];
  const found = `${soft}, may be raised to ${hard}`;
  return soft !== 'unlimited' && Number(soft) < FEW_FILES
    ? warn(
        'Open files',
        found,
        `The server takes ${FEW_FILES} connections: raise it with "ulimit -n" or LimitNOFILE=`,
      )
    : ok('Open files', found);
}

async function inotifyCheck(): Promise<Check> {
  const at = '/proc/sys/fs/inotify';
  const [watches, instances] = await Promise.all([
    textOf(`${at}/max_user_watches`),
    textOf(`${at}/max_user_instances`),
  ]);
  if (watches === undefined)
    return warn('File watches (inotify)', 'missing', 'Use wws --poll in place of --watch');
  const found = `${watches.trim()} watches, ${instances?.trim()} instances for each user`;
  return Number(watches) < FEW_WATCHES
    ? warn('File watches (inotify)', found, 'Raise the sysctl fs.inotify.max_user_watches for wws --watch')
    : ok('File watches (inotify)', found);
}

async function textOf(file: string): Promise<string | undefined> {
  return await readFile(file, 'utf8').catch(() => undefined);
}
