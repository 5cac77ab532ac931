import { close } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { type Cgroup, makeCgroup } from './cgroup.ts';
import { ControlChannel } from './control.ts';
import { runHooks } from './hooks.ts';
import { type Installation, locateInstallation } from './installation.ts';
import { linuxNamespaces } from './linux-namespaces.ts';
import { nodeArguments } from './node-arguments.ts';
import { readOperatorAnnotations } from './operator-annotations.ts';
import { spawnersOf } from './prepare.ts';
import { procScratch } from './proc-mount.ts';
import { ProcessSandbox } from './process-sandbox.ts';
import { readProcessStat } from './process-stat.ts';
import { applyRlimits } from './rlimits.ts';
import type { Exit, Sandbox, SandboxRecord, SandboxRequest } from './sandbox.ts';
import { runtimeFilter } from './seccomp-policy.ts';
import type { Birth } from './spawn-job.ts';
import type { Spec } from './spec.ts';
import { readSpec } from './spec-file.ts';
import { openStdio } from './stdio.ts';
import { socketPair } from './sys.ts';
import { hostSyscalls } from './syscall-numbers.ts';
import { onExit } from './wait.ts';

const closeFile = promisify(close);

/**
 * Makes a container of a bundle: its process lives in its final namespaces, has loaded or is loading the app,
 * and waits for start(). On failure nothing is left.
 *
 * @throws ShimError in the words clients show
 */
export async function createSandbox(
  request: SandboxRequest,
  installation: Installation = locateInstallation(),
): Promise<Sandbox> {
  const warn = request.warn ?? ((): void => undefined);
  const spawners = spawnersOf(installation);
  spawners.park();
  const spec = readSpec(request.bundle);
  const operator = readOperatorAnnotations(spec.annotations);
  warnAboutSpec(spec, warn);
  const namespaces = linuxNamespaces(spec);

  await using undo = new AsyncDisposableStack();
  const stdio = undo.use(await openStdio(request.stdio));
  const fallback = `${request.containerdNamespace}/${request.id}`;
  const cgroup = await makeCgroup({ linux: spec.linux, fallback, warn });
  undo.defer(async () => cgroup?.remove());

  const [ours, theirs] = socketPair();
  const control = new ControlChannel(ours);
  undo.defer(() => control.close());
  let birth: Birth;
  let seccomp: string;
  try {
    const born = spawners.spawn({
      type: 'spawn',
      spec,
      rootfs: { bundle: request.bundle, mounts: request.rootfs, rootPath: spec.root.path },
      runtimeRoot: installation.runtimeRoot,
      nodeArguments: nodeArguments(spec.linux.resources, installation.runtimeScript),
      fds: [stdio.stdin.fd, stdio.stdout, stdio.stderr, theirs],
      cgroupTasks: cgroup?.tasks ?? [],
    });
    // While the other thread is at work.
    const filter = runtimeFilter(hostSyscalls, { ownPidNamespace: namespaces.made.has('pid') });
    seccomp = Buffer.from(filter).toString('base64');
    birth = await born;
  } finally {
    await Promise.all([closeFile(theirs), stdio.handOver()]);
  }
  const { pid } = birth;
  const exited = Promise.withResolvers<Exit>();
  let alive = true;
  onExit(pid, (state) => {
    alive = false;
    // The channel is left to its own end: the reason it failed for may still be on its way.
    stdio.stdin.end();
    // Without a status nobody can say how it ended: what a lost process counts as everywhere.
    exited.resolve({ status: state.state === 'exited' ? state.status : 255, at: new Date() });
  });
  undo.defer(async () => {
    // Once reaped, the pid may be another process's.
    if (alive) process.kill(pid, 'SIGKILL');
    await exited.promise;
  });
  control.boot({
    type: 'boot',
    entrypoint: birth.entrypoint,
    args: spec.process.args,
    env: spec.process.env,
    cwd: spec.process.cwd,
    mounts: birth.mounts,
    operator,
    seccomp,
  });
  for (const warning of birth.warnings) warn(warning);

  const completion = complete({ pid, spec, birth, cgroup, installation, warn });
  // Start waits for it; a container deleted before its start does not care.
  completion.catch(() => undefined);
  const record: SandboxRecord = {
    version: 1,
    id: request.id,
    pid,
    startTime: (await readProcessStat(pid))?.startTime ?? '0',
    cgroupPaths: cgroup?.made ?? [],
  };
  await request.onRecord?.(record);
  const state = {
    ociVersion: spec.ociVersion,
    id: request.id,
    status: 'creating' as const,
    pid,
    bundle: request.bundle,
    annotations: spec.annotations,
  };
  await runHooks('prestart', spec.hooks.prestart, state);
  await runHooks('createRuntime', spec.hooks.createRuntime, state);
  return new ProcessSandbox({
    record,
    spec,
    bundle: request.bundle,
    exited: exited.promise,
    control,
    stdin: stdio.stdin,
    cgroup,
    completion,
    undo: undo.move(),
    warn,
  });
}

interface CompletionRequest {
  readonly pid: number;
  readonly spec: Spec;
  readonly birth: Birth;
  readonly cgroup: Cgroup | undefined;
  readonly installation: Installation;
  readonly warn: (message: string) => void;
}

/** What takes milliseconds and nothing of Create depends on, while the runtime boots. */
async function complete(request: CompletionRequest): Promise<void> {
  const { pid, spec, birth, cgroup, installation, warn } = request;
  for (const { type } of applyRlimits(pid, birth.rlimits)) warn(`Cannot set "${type}": not permitted`);
  await Promise.all([
    cgroup?.attach(pid),
    adjustOomScore(pid, spec.process.oomScoreAdj, warn),
    hasOwnProc(spec)
      ? spawnersOf(installation).attachProc({
          type: 'attach-proc',
          pid,
          scratch: procScratch(installation.runtimeRoot),
        })
      : undefined,
  ]);
}

/** In the host's pid namespace /proc could be mounted before the process was there. */
function hasOwnProc(spec: Spec): boolean {
  return spec.linux.linuxNamespaces.some(({ type }) => type === 'pid');
}

/** The shim is among the last the kernel kills, and a container must not inherit that. */
async function adjustOomScore(
  pid: number,
  score: number | undefined,
  warn: (message: string) => void,
): Promise<void> {
  const file = `/proc/${pid}/oom_score_adj`;
  try {
    if (score === undefined && Number(await readFile(file, 'utf8')) >= 0) return;
    await writeFile(file, String(score ?? 0), { flag: 'r+' });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ESRCH') return;
    if (code !== 'EACCES' && code !== 'EPERM') throw error;
    warn(`Cannot lower oom_score_adj to ${score ?? 0}: not permitted`);
  }
}

function warnAboutSpec(
  { process: { apparmorProfile, selinuxLabel } }: Spec,
  warn: (message: string) => void,
): void {
  if (apparmorProfile !== '') warn(`AppArmor profile "${apparmorProfile}" is not applied: not supported yet`);
  if (selinuxLabel !== '') warn(`SELinux label "${selinuxLabel}" is not applied: not supported yet`);
}
