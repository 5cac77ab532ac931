/**
 * The thread that turns itself into a container and spawns from there. Namespaces, root, credentials and
 * filters belong to a thread on Linux, and a child is born with those of the thread that forks it: no helper
 * program is needed, and the shim's other threads stay where they are. What is given up here cannot be had
 * back, so the thread ends after its child is born.
 *
 * From the first step to the last nothing may be loaded from disk: the root is another one.
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { ShimError } from '../errors.ts';
import { releaseAll } from './descriptors.ts';
import { enterJail } from './jail.ts';
import {
  enterLinuxNamespaces,
  linuxNamespaces,
  raiseLoopback,
  setNames,
  writeSysctls,
} from './linux-namespaces.ts';
import { attachProc } from './proc-mount.ts';
import { applyRlimits } from './rlimits.ts';
import { birthFilter } from './seccomp-policy.ts';
import { compileProfile } from './seccomp-profile.ts';
import type { Birth, SpawnerAnswer, SpawnerJob, SpawnJob } from './spawn-job.ts';
import type { Spec } from './spec.ts';
import {
  become,
  dropBoundingSet,
  dropCapabilities,
  installSeccomp,
  setNoNewPrivileges,
  umask,
} from './sys.ts';
import { hostSyscalls } from './syscall-numbers.ts';

function answer(message: SpawnerAnswer): void {
  parentPort?.postMessage(message);
}

function fail(error: unknown): void {
  releaseAll();
  const message = error instanceof Error ? error.message : String(error);
  answer({ type: 'failed', code: error instanceof ShimError ? error.code : 'unknown', message });
  process.exit();
}

/** Becomes the container; the child is spawned as the last thing and never awaited. */
function giveBirth(job: SpawnJob): void {
  const { spec } = job;
  const namespaces = linuxNamespaces(spec);
  for (const tasks of job.cgroupTasks) writeFileSync(tasks, '0');
  enterLinuxNamespaces(namespaces);
  if (namespaces.made.has('network')) raiseLoopback();
  writeSysctls(spec.linux.sysctl, namespaces);
  setNames(spec);
  const jail = enterJail({
    spec,
    rootfs: job.rootfs,
    runtimeRoot: job.runtimeRoot,
    linuxNamespaces: namespaces,
  });
  const warnings = dropPrivileges(spec, namespaces.made.has('pid'));

  const child = spawn('/bin/node', job.nodeArguments, {
    cwd: '/',
    env: {},
    stdio: [...job.fds],
    detached: true,
  });
  const { pid } = child;
  if (pid === undefined) {
    child.once('error', fail);
    return;
  }
  const birth: Birth = { pid, ...jail, rlimits: applyRlimits(pid, spec.process.rlimits), warnings };
  releaseAll();
  answer({ type: 'spawned', birth });
  // Before this thread's event loop turns again: the child is the main thread's to reap.
  process.exit();
}

function dropPrivileges(spec: Spec, ownPidNamespace: boolean): readonly string[] {
  umask(spec.process.user.umask);
  dropBoundingSet();
  become(spec.process.user);
  dropCapabilities();
  setNoNewPrivileges();
  const profile = spec.linux.seccomp && compileProfile(spec.linux.seccomp, hostSyscalls);
  const ours = birthFilter(hostSyscalls, { ownPidNamespace });
  installSeccomp(ours);
  if (profile) installSeccomp(profile.program);
  return profile?.warnings ?? [];
}

parentPort?.on('message', (job: SpawnerJob) => {
  try {
    if (job.type === 'spawn') {
      giveBirth(job);
      return;
    }
    const after = attachProc(job.pid, job.scratch);
    answer({ type: 'attached', after });
    if (after === 'spoilt') process.exit();
  } catch (error) {
    fail(error);
  }
});
// While nobody asks yet; nearly every container has its own.
birthFilter(hostSyscalls, { ownPidNamespace: true });
