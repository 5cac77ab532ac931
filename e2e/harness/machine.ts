import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { removeCgroups } from './cgroups.ts';
import { attempt, type CommandOptions, type Outcome, run } from './command.ts';
import { Daemon } from './daemon.ts';
import type { Tree } from './trees.ts';
import { until } from './until.ts';

/** The checkout, at the same path inside every machine: daemons take the shim from its `bin`. */
export const CHECKOUT: string = path.join(import.meta.dirname, '../..');

export interface MachineOptions {
  readonly tree: Tree;
  /** `host` shares this machine's network; `private` has nothing but a loopback interface that is up. */
  readonly network: 'host' | 'private';
}

/**
 * A small machine inside this one: its own mounts, processes, /run, /tmp and, when asked, network, over the
 * programs of a Debian tree. Daemons are started in it. When it goes, or this process does, all of it goes.
 */
export class Machine implements AsyncDisposable {
  /** Unique; also the containerd namespace and the cgroup its containers live in. */
  readonly id: string;
  readonly tree: Tree;
  /** Scratch folder, at the same path inside and outside. */
  readonly directory: string;
  /** Its process 1, as this machine counts. */
  readonly pid: number;
  readonly #unshare: ChildProcess;

  private constructor(id: string, tree: Tree, directory: string, pid: number, unshare: ChildProcess) {
    this.id = id;
    this.tree = tree;
    this.directory = directory;
    this.pid = pid;
    this.#unshare = unshare;
  }

  static async start({ tree, network }: MachineOptions): Promise<Machine> {
    const id = `wws-e2e-${randomBytes(4).toString('hex')}`;
    // Short: socket paths end at 107 bytes.
    const directory = await mkdtemp(path.join(os.tmpdir(), 'wws-'));
    const mountPoint = path.join(directory, 'root');
    await mkdir(mountPoint);
    const script = path.join(import.meta.dirname, 'machine.sh');
    const namespaces = ['--mount', '--pid', '--ipc', '--uts', ...(network === 'private' ? ['--net'] : [])];
    const binds = [CHECKOUT, directory, ...tree.binds];
    const child = spawn(
      'unshare',
      [...namespaces, '--fork', '--kill-child', 'bash', script, tree.root, network, mountPoint, ...binds],
      { env: environmentOf(tree), stdio: ['pipe', 'pipe', 'pipe'], detached: true },
    );
    const said: string[] = [];
    child.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString()));
    const [first] = await Promise.race([once(createInterface(child.stdout), 'line'), once(child, 'exit')]);
    if (first !== 'ready') {
      await rm(directory, { recursive: true, force: true });
      throw new Error(`Cannot start a machine from "${tree.root}": ${said.join('').trim()}`);
    }
    return new Machine(id, tree, directory, await onlyChildOf(child.pid), child);
  }

  /** Runs a command inside to its end, whatever its exit code. */
  async attempt(argv: readonly string[], options: CommandOptions = {}): Promise<Outcome> {
    return attempt(this.#entering(argv, options), this.#withEnvironment(options));
  }

  /** Runs a command inside that must succeed and resolves with its stdout. */
  async run(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
    return run(this.#entering(argv, options), this.#withEnvironment(options));
  }

  /** Starts a daemon inside; `log` receives both of its output streams. */
  async spawn(argv: readonly string[], log: string): Promise<Daemon> {
    const file = await open(log, 'a');
    try {
      const [command = '', ...args] = this.#entering(argv, {});
      const child = spawn(command, args, {
        env: environmentOf(this.tree),
        stdio: ['ignore', file.fd, file.fd],
        detached: true,
      });
      return new Daemon(argv[0] ?? '', child, await onlyChildOf(child.pid), log);
    } finally {
      await file.close();
    }
  }

  /** Copies a file or folder into the scratch folder, where the machine can read it; resolves with its path there. */
  async lend(from: string): Promise<string> {
    const to = await mkdtemp(path.join(this.directory, 'lent-'));
    const copy = path.join(to, path.basename(from));
    await cp(from, copy, { recursive: true });
    return copy;
  }

  /** A path inside, as this process can open it. */
  outside(inside: string): string {
    return path.join(`/proc/${this.pid}/root`, inside);
  }

  /** The network namespace this machine's daemons are in, or with `pid` that of a process inside. */
  networkNamespace(pid = 1): string {
    return this.outside(`/proc/${pid}/ns/net`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.#unshare, 'exit');
    if (this.#unshare.exitCode === null && this.#unshare.signalCode === null) {
      this.#unshare.stdin?.end();
      await exited;
    }
    await removeCgroups(this.id);
    await rm(this.directory, { recursive: true, force: true });
  }

  #entering(argv: readonly string[], { cwd }: CommandOptions): readonly string[] {
    const enter = ['nsenter', '--target', String(this.pid), '--mount', '--pid', '--ipc', '--uts', '--net'];
    return cwd === undefined ? [...enter, '--', ...argv] : [...enter, '--', 'env', `--chdir=${cwd}`, ...argv];
  }

  #withEnvironment({ cwd: _inside, ...options }: CommandOptions): CommandOptions {
    return { ...options, env: { ...environmentOf(this.tree), ...options.env } };
  }
}

function environmentOf(tree: Tree): Record<string, string> {
  const system = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
  const folders = [path.join(CHECKOUT, 'bin'), ...tree.programs, ...system];
  return { PATH: folders.join(':'), HOME: '/root', LANG: 'C.UTF-8' };
}

/** The pid, as this machine counts, of what `unshare --fork` or `nsenter --pid` forked. */
async function onlyChildOf(pid: number | undefined): Promise<number> {
  return until('a process has forked', async () => {
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
    const first = Number.parseInt(children, 10);
    return Number.isNaN(first) ? undefined : first;
  });
}
