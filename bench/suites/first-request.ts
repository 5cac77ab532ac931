import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run } from '#e2e/harness/command.ts';
import { freePort } from '#e2e/harness/free-port.ts';
import { CHECKOUT } from '#e2e/harness/machine.ts';
import { installInterpreters, type TestInterpreter } from '#runtime/languages/testdata/interpreters.ts';
import type { Row } from '../report.ts';
import type { SuiteOptions } from '../suite.ts';
import { firstAnswer } from './first-answer.ts';

const YARDSTICK = 'node';
const WORKERS = path.join(import.meta.dirname, '../languages');
const INSTALLED = path.join(CHECKOUT, 'dist/root');

/** A server that is started with a port as its last argument. */
interface Peer {
  readonly row: string;
  readonly argv: readonly string[];
}

/**
 * `first-request`: milliseconds from the exec of the installed runtime to its first answer, by a worker of each
 * language with a snapshot of its interpreter, against the shortest server of the same Node.
 */
export async function measureFirstRequest({ runs, progress }: SuiteOptions): Promise<readonly Row[]> {
  const directory = await mkdtemp(path.join(tmpdir(), 'bench-first-'));
  try {
    const peers = await makePeers(directory);
    const samples = new Map<string, number[]>(peers.map(({ row }) => [row, []]));
    // One round that does not count, for the page cache.
    for (let round = -1; round < runs; round++) {
      for (const { row, argv } of peers) {
        const took = await startOnce(argv);
        if (round >= 0) samples.get(row)?.push(took);
      }
      if (round >= 0) progress(`round ${round + 1} of ${runs}`);
    }
    return peers.map(({ row }) => ({
      suite: 'first-request',
      row,
      unit: 'ms',
      samples: samples.get(row) ?? [],
      ...(row === YARDSTICK ? {} : { against: YARDSTICK }),
    }));
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function makePeers(directory: string): Promise<readonly Peer[]> {
  const node = path.join(INSTALLED, 'bin/node');
  const project = async (row: string, worker: string, interpreter?: TestInterpreter): Promise<Peer> => {
    const root = path.join(directory, row);
    await mkdir(root);
    await copyFile(path.join(WORKERS, worker), path.join(root, `index${path.extname(worker)}`));
    if (interpreter !== undefined) {
      await installInterpreters(root, interpreter);
      await run([path.join(CHECKOUT, 'bin/wws'), root, 'runtimes', 'snapshot']);
    }
    const runtime = [node, '--disable-warning=ExperimentalWarning', path.join(INSTALLED, 'rt/wws.cjs')];
    return { row, argv: [...runtime, root, '--host', '127.0.0.1', '--port'] };
  };
  return [
    await project('js', '../http/worker.js'),
    await project('python', 'worker.py', 'python 3.12'),
    await project('ruby', 'worker.rb', 'ruby 3.4'),
    { row: YARDSTICK, argv: [node, path.join(WORKERS, 'node-server.cjs')] },
  ];
}

async function startOnce([program = '', ...args]: readonly string[]): Promise<number> {
  const port = await freePort();
  const began = performance.now();
  const child = spawn(program, [...args, String(port)], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  const giveUp = new AbortController();
  void ended.then(() => giveUp.abort(new Error(`Cannot measure: ${program} ${args.join(' ')} ended`)));
  try {
    await firstAnswer(port, AbortSignal.any([giveUp.signal, AbortSignal.timeout(30_000)]));
    return performance.now() - began;
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}
