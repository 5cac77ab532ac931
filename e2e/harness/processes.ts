import { readdir, readFile, readlink } from 'node:fs/promises';
import type { Machine } from './machine.ts';

/** A process inside a machine. */
export interface MachineProcess {
  /** In the machine's own count, as daemons and containers inside name it. */
  readonly pid: number;
  readonly parent: number;
  /** Its command line, or its name in brackets when it has none: a zombie. */
  readonly description: string;
  /** `net:[inode]` of those it is in or holds open. */
  readonly networkNamespaces: readonly string[];
}

/** All processes inside, those in containers' own pid namespaces included. */
export async function processesOf(machine: Machine): Promise<readonly MachineProcess[]> {
  const entries = await readdir(machine.outside('/proc'));
  const pids = entries.filter((entry) => /^\d+$/.test(entry));
  const found = await Promise.all(pids.map((pid) => look(machine.outside(`/proc/${pid}`), Number(pid))));
  return found.filter((process) => process !== undefined);
}

/** Those whose command line contains `text`. */
export async function findProcesses(machine: Machine, text: string): Promise<readonly MachineProcess[]> {
  return (await processesOf(machine)).filter((process) => process.description.includes(text));
}

async function look(directory: string, pid: number): Promise<MachineProcess | undefined> {
  try {
    const [stat, commandLine, networkNamespaces] = await Promise.all([
      readFile(`${directory}/stat`, 'utf8'),
      readFile(`${directory}/cmdline`, 'utf8'),
      networkNamespacesOf(directory),
    ]);
    // proc_pid_stat(5): "pid (name) state ppid …"; the name may hold anything, a bracket too.
    const [state = '', parent = ''] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
    const words = commandLine.split('\0').join(' ').trim();
    const description = words === '' ? `[${name}]${state === 'Z' ? ' zombie' : ''}` : words;
    return { pid, parent: Number(parent), description, networkNamespaces };
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

async function networkNamespacesOf(directory: string): Promise<readonly string[]> {
  const found = new Set<string>();
  const links = [`${directory}/ns/net`];
  for (const fd of await readdir(`${directory}/fd`)) links.push(`${directory}/fd/${fd}`);
  for (const link of links) {
    try {
      const target = await readlink(link);
      if (target.startsWith('net:[')) found.add(target);
    } catch (error) {
      // A descriptor may be closed between the listing and the look; a zombie has no namespaces.
      if (!isGone(error)) throw error;
    }
  }
  return [...found];
}

/** ESRCH is what procfs answers for a process that ends while it is looked at; EACCES for a zombie's links. */
function isGone(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ESRCH' || code === 'EACCES';
}
