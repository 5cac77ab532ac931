import type { JsonValue } from './json-value.ts';
import { type HookSpec, parseHooks } from './spec-hooks.ts';
import { parseResources, type ResourcesSpec } from './spec-resources.ts';
import { parseSeccomp, type SeccompSpec } from './spec-seccomp.ts';

/** The parts of an OCI runtime spec (config.json) a sandbox is made from. */
export interface Spec {
  readonly ociVersion: string;
  readonly hostname: string | undefined;
  readonly domainname: string | undefined;
  readonly annotations: Readonly<Record<string, string>>;
  readonly root: { readonly path: string; readonly readonly: boolean };
  readonly process: ProcessSpec;
  readonly mounts: readonly MountSpec[];
  readonly hooks: Readonly<Record<HookStage, readonly HookSpec[]>>;
  readonly linux: LinuxSpec;
}

export const HOOK_STAGES = ['prestart', 'createRuntime', 'poststart', 'poststop'] as const;
export type HookStage = (typeof HOOK_STAGES)[number];

export interface ProcessSpec {
  readonly args: readonly string[];
  /** `NAME=value` */
  readonly env: readonly string[];
  readonly cwd: string;
  readonly terminal: boolean;
  readonly user: UserSpec;
  readonly rlimits: readonly RlimitSpec[];
  readonly oomScoreAdj: number | undefined;
  readonly apparmorProfile: string;
  readonly selinuxLabel: string;
}

export interface UserSpec {
  readonly uid: number;
  readonly gid: number;
  readonly umask: number;
  readonly additionalGids: readonly number[];
}

export interface RlimitSpec {
  /** `RLIMIT_NOFILE` and the like. */
  readonly type: string;
  readonly soft: number;
  readonly hard: number;
}

export interface MountSpec {
  readonly destination: string;
  readonly type: string;
  readonly source: string;
  readonly options: readonly string[];
}

export type LinuxNamespaceType = 'mount' | 'network' | 'uts' | 'ipc' | 'pid' | 'cgroup' | 'user' | 'time';

export interface LinuxNamespaceSpec {
  readonly type: LinuxNamespaceType;
  /** To be joined; empty when a new one is wanted. */
  readonly path: string;
}

export interface LinuxSpec {
  readonly linuxNamespaces: readonly LinuxNamespaceSpec[];
  readonly sysctl: Readonly<Record<string, string>>;
  readonly cgroupsPath: string;
  readonly resources: ResourcesSpec;
  readonly seccomp: SeccompSpec | undefined;
}

/** (uid_t) -1 means "leave as it is" to the kernel, and is nobody's. */
const ID = { min: 0, max: 0xffff_fffe };
const LINUX_NAMESPACE_TYPES: readonly string[] = [
  'mount',
  'network',
  'uts',
  'ipc',
  'pid',
  'cgroup',
  'user',
  'time',
] satisfies readonly LinuxNamespaceType[];

/**
 * Reads the spec out of a parsed config.json.
 *
 * @throws ShimError invalid-argument that names the JSON path of what is wrong
 */
export function parseSpec(config: JsonValue): Spec {
  const root = config.at('root');
  return {
    ociVersion: config.at('ociVersion').string(''),
    hostname: config.at('hostname').optionalString(),
    domainname: config.at('domainname').optionalString(),
    annotations: strings(config.at('annotations')),
    root: { path: root.at('path').string('rootfs'), readonly: root.at('readonly').boolean(false) },
    process: parseProcess(config.at('process')),
    mounts: config.at('mounts').items().map(parseMount),
    hooks: {
      prestart: parseHooks(config.at('hooks').at('prestart')),
      createRuntime: parseHooks(config.at('hooks').at('createRuntime')),
      poststart: parseHooks(config.at('hooks').at('poststart')),
      poststop: parseHooks(config.at('hooks').at('poststop')),
    },
    linux: parseLinux(config.at('linux')),
  };
}

function parseProcess(process: JsonValue): ProcessSpec {
  const args = process.at('args').strings();
  if (args.length === 0) throw process.at('args').wrong('at least one argument');
  const cwd = process.at('cwd').string('/');
  if (!cwd.startsWith('/')) throw process.at('cwd').wrong('an absolute path');
  const user = process.at('user');
  return {
    args,
    cwd,
    env: process.at('env').strings(),
    terminal: process.at('terminal').boolean(false),
    user: {
      uid: user.at('uid').integer(ID, 0),
      gid: user.at('gid').integer(ID, 0),
      umask: user.at('umask').integer({ min: 0, max: 0o777 }, 0o022),
      additionalGids: user
        .at('additionalGids')
        .items()
        .map((gid) => gid.integer(ID)),
    },
    rlimits: process.at('rlimits').items().map(parseRlimit),
    oomScoreAdj: process.at('oomScoreAdj').optionalInteger({ min: -1000, max: 1000 }),
    apparmorProfile: process.at('apparmorProfile').string(''),
    selinuxLabel: process.at('selinuxLabel').string(''),
  };
}

function parseRlimit(rlimit: JsonValue): RlimitSpec {
  const any = { min: 0, max: 2 ** 64 };
  return {
    type: rlimit.at('type').string(),
    soft: rlimit.at('soft').integer(any),
    hard: rlimit.at('hard').integer(any),
  };
}

function parseMount(mount: JsonValue): MountSpec {
  return {
    destination: mount.at('destination').string(),
    type: mount.at('type').string(''),
    source: mount.at('source').string(''),
    options: mount.at('options').strings(),
  };
}

function parseLinux(linux: JsonValue): LinuxSpec {
  return {
    linuxNamespaces: linux
      .at('namespaces')
      .items()
      .map((entry) => {
        const type = entry.at('type').string();
        if (!isLinuxNamespaceType(type)) throw entry.at('type').wrong(LINUX_NAMESPACE_TYPES.join(', '));
        return { type, path: entry.at('path').string('') };
      }),
    sysctl: strings(linux.at('sysctl')),
    cgroupsPath: linux.at('cgroupsPath').string(''),
    resources: parseResources(linux.at('resources')),
    seccomp: linux.at('seccomp').absent ? undefined : parseSeccomp(linux.at('seccomp')),
  };
}

function isLinuxNamespaceType(type: string): type is LinuxNamespaceType {
  return LINUX_NAMESPACE_TYPES.includes(type);
}

function strings(object: JsonValue): Readonly<Record<string, string>> {
  return Object.fromEntries(object.members().map(([name, value]) => [name, value.string()]));
}
