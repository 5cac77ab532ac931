import { accessSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ShimError } from '../errors.ts';
import { cgroupDirectory, type Hierarchy, readCgroupLayout } from './cgroup-layout.ts';
import { type CgroupSetting, limitsV1, limitsV2 } from './cgroup-limits.ts';
import { CGROUP_MODE, killCgroup, processesIn, removeCgroups } from './cgroup-remove.ts';
import type { LinuxSpec } from './spec.ts';

/** The control groups of one container. */
export interface Cgroup {
  readonly version: 1 | 2;
  /** The container's directory for a v1 controller; on v2 the same one for all, undefined where there is none. */
  directory(controller: string): string | undefined;
  /** Directories made here, deepest first. */
  readonly made: readonly string[];
  /** `tasks` files a thread writes `0` to, so that what it spawns is born in the groups; none on v2. */
  readonly tasks: readonly string[];
  /** Moves a process in; on v1 it was born there. */
  attach(pid: number): Promise<void>;
  pids(): Promise<readonly number[]>;
  kill(): Promise<void>;
  remove(): Promise<void>;
}

export interface CgroupRequest {
  readonly linux: LinuxSpec;
  /** Where a spec says nothing: `namespace/id`. */
  readonly fallback: string;
  readonly warn: (message: string) => void;
}

/**
 * Makes the directories the spec asks for and sets their limits. Devices are not limited here: the container
 * has neither the capability to make one nor a filesystem that shows one.
 *
 * The calls are synchronous: they touch nothing but the kernel's memory, and some forty trips to the thread pool
 * and back cost more than they do, while a client waits. (Not so attach(), which may wait for the kernel.)
 *
 * @throws ShimError when a limit cannot be set
 */
export async function makeCgroup({ linux, fallback, warn }: CgroupRequest): Promise<Cgroup | undefined> {
  const layout = readCgroupLayout();
  if (layout === undefined) {
    warn('No cgroups are mounted: the container runs without limits and figures');
    return undefined;
  }
  const name = cgroupDirectory(linux.cgroupsPath, fallback);
  if (name === '/') throw new ShimError('invalid-argument', 'Cannot use the root cgroup for a container');
  const made: string[] = [];
  try {
    return layout.version === 1
      ? makeV1(layout.hierarchies, name, linux, made, warn)
      : makeV2(layout.mount, name, linux, made, warn);
  } catch (error) {
    await removeCgroups(deepestFirst(made));
    throw error;
  }
}

type Warn = CgroupRequest['warn'];

function makeV1(
  hierarchies: readonly Hierarchy[],
  name: string,
  { resources }: LinuxSpec,
  made: string[],
  warn: Warn,
): Cgroup {
  const settings = limitsV1(resources);
  const directories = new Map<string, string>();
  for (const { mount, controllers } of hierarchies) {
    const wanted = settings.filter(({ controller }) => controllers.includes(controller));
    const isCpuset = controllers.includes('cpuset');
    // Every cpuset must be filled in before it takes a process: only where somebody asks for one.
    if (isCpuset && wanted.length === 0) continue;
    const directory = path.join(mount, name);
    makeDirectories(mount, directory, made);
    if (isCpuset) fillCpusets(mount, directory);
    for (const setting of wanted) apply(directory, setting, warn);
    for (const controller of controllers) directories.set(controller, directory);
  }
  const all = [...new Set(directories.values())];
  const counted = directories.get('pids') ?? directories.get('memory');
  return {
    version: 1,
    directory: (controller) => directories.get(controller),
    made: deepestFirst(made),
    tasks: all.map((directory) => path.join(directory, 'tasks')),
    attach: async () => undefined,
    pids: async () => (counted === undefined ? [] : processesIn(counted)),
    kill: async () => {
      if (counted !== undefined) await killCgroup(counted);
    },
    remove: () => removeCgroups(deepestFirst(made)),
  };
}

function makeV2(mount: string, name: string, { resources }: LinuxSpec, made: string[], warn: Warn): Cgroup {
  const directory = path.join(mount, name);
  makeDirectories(mount, directory, made, (parent) => delegate(parent, warn));
  for (const setting of limitsV2(resources)) apply(directory, setting, warn);
  return {
    version: 2,
    directory: () => directory,
    made: deepestFirst(made),
    tasks: [],
    attach: (pid) => writeFile(path.join(directory, 'cgroup.procs'), String(pid), { flag: 'r+' }),
    pids: () => processesIn(directory),
    kill: () => killCgroup(directory),
    remove: () => removeCgroups(deepestFirst(made)),
  };
}

/** Somebody else's clean-up may take a parent away under our hands. */
const MAX_ATTEMPTS = 10;

function makeDirectories(
  mount: string,
  directory: string,
  made: string[],
  prepare: (parent: string) => void = () => undefined,
): void {
  const names = path.relative(mount, directory).split('/');
  for (let attempt = 1; ; attempt += 1) {
    try {
      let current = mount;
      for (const name of names) {
        prepare(current);
        current = path.join(current, name);
        if (makeOne(current)) made.push(current);
      }
      return;
    } catch (error) {
      if (attempt < MAX_ATTEMPTS && hasCode(error, 'ENOENT')) continue;
      throw failure(`make the cgroup "${directory}"`, error);
    }
  }
}

/** Whether it was made now, and not there before. */
function makeOne(directory: string): boolean {
  try {
    mkdirSync(directory, CGROUP_MODE);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

const DELEGATED = ['memory', 'cpu', 'pids', 'io', 'cpuset'];

/** Lets the groups below `parent` have controllers of their own, as far as it has them itself. */
function delegate(parent: string, warn: Warn): void {
  const namesIn = (file: string): readonly string[] =>
    readFileSync(path.join(parent, file), 'utf8').trim().split(' ');
  const available = namesIn('cgroup.controllers');
  const enabled = namesIn('cgroup.subtree_control');
  const missing = DELEGATED.filter((name) => available.includes(name) && !enabled.includes(name));
  for (const name of missing) {
    try {
      writeFileSync(path.join(parent, 'cgroup.subtree_control'), `+${name}`, { flag: 'r+' });
    } catch (error) {
      // EBUSY: the group holds processes itself. The limit that needs it, if any, fails by name.
      warn(`Cannot enable the cgroup controller "${name}" below "${parent}": ${reason(error)}`);
    }
  }
}

/** A new v1 cpuset is empty, and refuses processes until it has what its parent has. */
function fillCpusets(mount: string, directory: string): void {
  let current = mount;
  for (const name of path.relative(mount, directory).split('/')) {
    const parent = current;
    current = path.join(current, name);
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      const own = readFileSync(path.join(current, file), 'utf8').trim();
      if (own !== '') continue;
      const inherited = readFileSync(path.join(parent, file), 'utf8');
      writeFileSync(path.join(current, file), inherited.trim(), { flag: 'r+' });
    }
  }
}

function apply(directory: string, setting: CgroupSetting, warn: Warn): void {
  const file = path.join(directory, setting.file);
  try {
    if (setting.optional) accessSync(file);
    writeFileSync(file, setting.value, { flag: 'r+' });
  } catch (error) {
    if (!setting.optional) throw failure(`set "${file}" to "${setting.value}"`, error);
    warn(`Cannot set "${file}" to "${setting.value}": ${reason(error)}`);
  }
}

function deepestFirst(directories: readonly string[]): readonly string[] {
  return [...directories].sort((a, b) => b.split('/').length - a.split('/').length);
}

function failure(action: string, cause: unknown): ShimError {
  return new ShimError('unknown', `Cannot ${action}: ${reason(cause)}`, { cause });
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
