import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Containerd } from '#e2e/harness/containerd.ts';
import { freePort } from '#e2e/harness/free-port.ts';
import { Machine } from '#e2e/harness/machine.ts';
import { hostTree } from '#e2e/harness/trees.ts';
import { ContainerdClient } from '../containerd/client.ts';
import type { Row } from '../report.ts';
import { quantile } from '../statistics.ts';
import type { SuiteOptions } from '../suite.ts';
import { firstAnswer } from './first-answer.ts';
import { type Peer, preparePeers } from './start-peers.ts';

/** What one start is made of, in milliseconds. */
interface Phases {
  readonly create: number;
  readonly start: number;
  readonly answer: number;
}

const YARDSTICK = 'runc-node';

/**
 * `start`: Create and Start through containerd's API until the first answer with status 200, the image being
 * unpacked and the container's record made beforehand.
 */
export async function measureStart({ runs, progress }: SuiteOptions): Promise<readonly Row[]> {
  await using machine = await Machine.start({ tree: await hostTree(), network: 'host' });
  await using containerd = await Containerd.start(machine);
  using client = new ContainerdClient(containerd.socket, containerd.ctr.containerdNamespace);
  const port = await freePort();
  const peers = await preparePeers(containerd, port, progress);

  const phases = new Map<string, Phases[]>(peers.map((peer) => [peer.row, []]));
  const boots: number[] = [];
  // One round that does not count: page cache, compiled kernels of seccomp, first use of the snapshotter.
  for (let round = -1; round < runs; round++) {
    for (const peer of peers) {
      const measured = await startOnce(containerd, client, peer, `${peer.row}-${round + 1}`, port);
      if (round >= 0) phases.get(peer.row)?.push(measured);
    }
    const boot = await bareBoot();
    if (round >= 0) boots.push(boot);
  }
  for (const [row, samples] of phases) {
    const median = (phase: keyof Phases): string =>
      quantile(
        samples.map((sample) => sample[phase]),
        0.5,
      ).toFixed(1);
    progress(
      `${row} is made of Create ${median('create')} + Start ${median('start')} + first answer ${median('answer')} ms`,
    );
  }
  const total = (row: string): readonly number[] =>
    (phases.get(row) ?? []).map(({ create, start, answer }) => create + start + answer);
  const common = { suite: 'start', unit: 'ms' };
  const pending = 'no spare servers and no parked runtimes in this version';
  return [
    { ...common, row: 'ours', samples: total('ours'), against: YARDSTICK },
    { ...common, row: 'ours-spare', samples: [], against: YARDSTICK, skipped: pending },
    { ...common, row: 'ours-zygote', samples: [], against: YARDSTICK, skipped: pending },
    { ...common, row: 'runc-static', samples: total('runc-static'), against: YARDSTICK },
    { ...common, row: 'node', samples: boots, against: YARDSTICK },
    { ...common, row: YARDSTICK, samples: total(YARDSTICK) },
  ];
}

async function startOnce(
  { ctr }: Containerd,
  client: ContainerdClient,
  peer: Peer,
  id: string,
  port: number,
): Promise<Phases> {
  await ctr.run([
    'container',
    'create',
    '--net-host',
    '--runtime',
    peer.runtime,
    peer.image,
    id,
    ...peer.args,
  ]);
  const rootfs = await client.mounts(id);
  const begin = performance.now();
  await client.create(id, rootfs);
  const created = performance.now();
  await client.start(id);
  const started = performance.now();
  await firstAnswer(port, AbortSignal.timeout(10_000));
  const answered = performance.now();
  await client.remove(id);
  await ctr.run(['container', 'rm', id]);
  return { create: created - begin, start: started - created, answer: answered - started };
}

/** The floor: this very Node from spawn to exit with nothing to do. */
async function bareBoot(): Promise<number> {
  const begin = performance.now();
  await once(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }), 'exit');
  return performance.now() - begin;
}
