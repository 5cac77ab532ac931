import { readFile } from 'node:fs/promises';
import { cgroupsBelow } from './cgroups.ts';
import { filesOf } from './files.ts';
import type { Machine } from './machine.ts';
import { processesOf } from './processes.ts';
import { until } from './until.ts';

/** What exists in a machine at one moment; every entry is a description without pids or other chance numbers. */
export interface Inventory {
  readonly processes: readonly string[];
  readonly mounts: readonly string[];
  readonly cgroups: readonly string[];
  readonly 'network namespaces': readonly string[];
  /** Sockets, fifos, bundles, temporary files. */
  readonly files: readonly string[];
  /** What the daemon's own database keeps for containers: records, writable layers, leases. */
  readonly holdings: readonly string[];
}

/** A daemon that can say what its database keeps. */
export interface Holder {
  holdings(): Promise<readonly string[]>;
}

/** Takes stock of all that a container could leave behind. */
export async function takeInventory(machine: Machine, holder?: Holder): Promise<Inventory> {
  const processes = await processesOf(machine);
  return {
    processes: processes.map((process) => process.description),
    mounts: await mountsOf(machine),
    cgroups: await cgroupsBelow(machine.id),
    'network namespaces': [...new Set(processes.flatMap((process) => process.networkNamespaces))],
    files: await filesOf(machine),
    holdings: (await holder?.holdings()) ?? [],
  };
}

/** What `after` has more of than `before`, one line each. What has gone is no leak. */
export function leaks(before: Inventory, after: Inventory): readonly string[] {
  const kinds: readonly (keyof Inventory)[] = [
    'processes',
    'mounts',
    'cgroups',
    'network namespaces',
    'files',
    'holdings',
  ];
  return kinds.flatMap((kind) => surplus(before[kind], after[kind]).map((entry) => `${kind}: ${entry}`));
}

/**
 * Resolves once the machine holds nothing more than `before`. Daemons clean up after they have answered, so
 * a difference is looked at again for some seconds before it counts as a leak.
 */
export async function expectNothingLeft(machine: Machine, before: Inventory, holder?: Holder): Promise<void> {
  let left: readonly string[] = [];
  await until(
    'nothing is left behind',
    async () => {
      left = leaks(before, await takeInventory(machine, holder));
      return left.length === 0 ? true : undefined;
    },
    { explain: async () => left.join('\n') },
  );
}

/** Entries of `after` beyond their number in `before`. */
function surplus(before: readonly string[], after: readonly string[]): readonly string[] {
  const known = new Map<string, number>();
  for (const entry of before) known.set(entry, (known.get(entry) ?? 0) + 1);
  return after.filter((entry) => {
    const count = known.get(entry) ?? 0;
    known.set(entry, count - 1);
    return count <= 0;
  });
}

/** proc_pid_mountinfo(5): fields after the ids, which change; a hidden mount under another counts as well. */
async function mountsOf(machine: Machine): Promise<readonly string[]> {
  const table = await readFile(`/proc/${machine.pid}/mountinfo`, 'utf8');
  return table
    .trim()
    .split('\n')
    .map((line) => {
      const [fields = '', source = ''] = line.split(' - ');
      const [, , , root, mountPoint] = fields.split(' ');
      return `${mountPoint} (${source.split(' ').slice(0, 2).join(' ')} ${root})`;
    });
}
