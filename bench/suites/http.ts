import { type Load, load, splitCores } from '../http/load.ts';
import { type Peer, Peers } from '../http/peers.ts';
import type { Row } from '../report.ts';
import type { SuiteOptions } from '../suite.ts';

const CONNECTIONS = [1, 64] as const;

/** Of one sample; the first of each peer is twice as long and does not count. */
const SECONDS = 1;

/**
 * `http`: requests per second and latency under load, ours and a bare node:http server on the same cores. All
 * servers are up the whole time and take turns.
 */
export async function measureHttp(options: SuiteOptions): Promise<readonly Row[]> {
  const { runs, progress, serverCores, loadCores } = options;
  const usual = splitCores();
  const cores = { server: serverCores ?? usual.server, load: loadCores ?? usual.load };
  progress(`server on cores ${cores.server}, wrk with 1 thread on cores ${cores.load}`);
  await using peers = await Peers.start(cores.server);
  const samples = new Map<string, Load[]>();
  for (let round = -1; round < runs; round++) {
    for (const connections of CONNECTIONS) {
      for (const { row, url } of peers.list) {
        const seconds = round < 0 ? 2 * SECONDS : SECONDS;
        const measured = await load({ url, connections, seconds, cores: cores.load });
        const name = nameOf(row, connections);
        if (round >= 0) samples.set(name, [...(samples.get(name) ?? []), measured]);
      }
    }
    if (round >= 0) progress(`round ${round + 1} of ${runs}`);
  }
  return CONNECTIONS.flatMap((connections) =>
    peers.list.flatMap((peer) => {
      const measured = samples.get(nameOf(peer.row, connections)) ?? [];
      return [peer, ...(peer.also ?? [])].flatMap((row) => rowsOf(row, connections, measured));
    }),
  );
}

function nameOf(row: string, connections: number): string {
  return connections === 1 ? row : `${row}@${connections}`;
}

function rowsOf({ row, against }: Omit<Peer, 'url'>, connections: number, samples: readonly Load[]): Row[] {
  const make = (suffix: string, unit: string, values: readonly number[]): Row => ({
    suite: 'http',
    row: `${nameOf(row, connections)}${suffix}`,
    unit,
    samples: values,
    ...(against === undefined ? {} : { against: `${nameOf(against, connections)}${suffix}` }),
  });
  return [
    make(
      '',
      'req/s',
      samples.map((sample) => sample.requestsPerSecond),
    ),
    make(
      ' p50',
      'ms',
      samples.map((sample) => sample.p50),
    ),
    make(
      ' p99',
      'ms',
      samples.map((sample) => sample.p99),
    ),
  ];
}
