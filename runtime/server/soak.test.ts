import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compileC } from '#runtime/wasi/testdata/compile-c.ts';
import type { Footprint } from './testdata/soak-server.ts';

const SERVER = path.join(import.meta.dirname, 'testdata/soak-server.ts');

let root: string;
let child: ChildProcess;
let port: number;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'wws-soak-'));
  await writeProject();
  child = fork(SERVER, [root], {
    execArgv: ['--expose-gc', '--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  [port] = (await once(child, 'message')) as [number];
});

afterEach(async () => {
  child.kill();
  await once(child, 'exit');
  await rm(root, { recursive: true });
});

async function writeProject(): Promise<void> {
  const answers = await compileC({ source: 'answers', into: root });
  const valid = JSON.stringify(JSON.stringify({ data: 'fine', headers: {}, status: 200, kv: {} }));
  for (const mode of ['say', 'trap', 'endless', 'spin']) {
    await copyFile(answers, path.join(root, `${mode}.wasm`));
    const vars = `[vars]\nMODE = "${mode}"\nANSWER = ${valid}\n`;
    await writeFile(
      path.join(root, `${mode}.toml`),
      `version = "1"\n${vars}[limits]\ntime = 100\noutput = "64 KiB"\n`,
    );
  }
  await rm(answers);
  await writeFile(path.join(root, 'ok.js'), 'export default async (r) => new Response(await r.text());');
  await writeFile(path.join(root, 'throw.js'), 'export default () => { throw new Error("x"); };');
  await mkdir(path.join(root, 'public'));
  await writeFile(path.join(root, 'public/file.txt'), 'x'.repeat(100_000));
}

interface Sent {
  readonly target: string;
  readonly body?: string;
  /** The client goes away before there is an answer. */
  readonly leaves?: true;
}

/** One in three hundred may stop a thread: the rest of the mix goes on beside it. */
function nth(index: number): Sent {
  if (index % 300 === 0) return { target: '/spin' };
  switch (index % 20) {
    case 0:
      return { target: '/trap' };
    case 1:
      return { target: '/throw' };
    case 2:
      return { target: '/endless' };
    case 3:
      return { target: '/ok', body: 'x'.repeat(300_000) };
    case 4:
      return { target: '/say', leaves: true };
    case 5:
      return { target: '/file.txt' };
    case 6:
      return { target: '/none' };
    default:
      return index % 2 === 0 ? { target: '/say' } : { target: '/ok', body: 'hello' };
  }
}

/** Sends `count` requests, 500 at a time, and counts how they ended. */
async function load(count: number): Promise<ReadonlyMap<string, number>> {
  const agent = new Agent({ keepAlive: true, maxSockets: 500 });
  const endings = new Map<string, number>();
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) {
      const ending = await send(agent, nth(index));
      endings.set(ending, (endings.get(ending) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: 500 }, lane));
  agent.destroy();
  return endings;
}

async function send(agent: Agent, { target, body, leaves }: Sent): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const method = body === undefined ? 'GET' : 'POST';
  const asked = request({ agent, port, path: target, method, host: '127.0.0.1' }, (response) => {
    response.resume().on('close', () => resolve(`${target} ${response.statusCode}`));
  });
  asked.on('error', () => resolve(leaves === true ? 'left' : `${target} broken`));
  asked.end(body, () => {
    if (leaves === true) asked.destroy();
  });
  return await promise;
}

async function footprint(): Promise<Footprint> {
  child.send('footprint');
  const [answer] = (await once(child, 'message')) as [Footprint];
  return answer;
}

/**
 * A thread that was stopped is replaced when there is work for it, so there may be one or two more than at
 * another time, and their descriptors. What every stopped thread or broken connection left would be far more.
 */
const MORE_THREADS = 2;
const MORE_DESCRIPTORS = 10;
const MORE_RESOURCES = 4;

/** Once its connections are closed and the threads that were stopped are gone. */
async function atRest(most?: Footprint): Promise<Footprint> {
  let seen = await footprint();
  await expect
    .poll(
      async () => {
        seen = await footprint();
        return (
          !seen.resources.includes('TCPSocketWrap') &&
          (most === undefined || seen.threads <= most.threads + MORE_THREADS) &&
          (most === undefined || seen.descriptors <= most.descriptors + MORE_DESCRIPTORS)
        );
      },
      { timeout: 20_000, interval: 250 },
    )
    .toBe(true);
  return seen;
}

describe('a server under ten thousand requests, five hundred at a time, that end in every way', () => {
  it('keeps no thread, descriptor, timer or byte of them', { timeout: 120_000 }, async () => {
    await load(3_000);
    const before = await atRest();
    const endings = await load(10_000);
    const after = await atRest(before);
    const kinds = new Set([...endings.keys()].map((ending) => ending.split(' ').at(-1)));
    for (const kind of ['200', '404', '413', '500', '504', 'left']) expect(kinds).toContain(kind);
    expect(kinds).not.toContain('broken');
    expect([...endings.values()].reduce((sum, count) => sum + count)).toBe(10_000);
    expect(endings.get('/say 200')).toBeGreaterThan(1_000);
    expect(endings.get('/ok 200')).toBeGreaterThan(1_000);
    expect(after.resources.length).toBeLessThanOrEqual(before.resources.length + MORE_RESOURCES);
    expect(after.heapBytes / before.heapBytes).toBeLessThan(1.2);
    expect(after.bufferBytes).toBeLessThan(before.bufferBytes + 1_000_000);
    expect(after.residentBytes / before.residentBytes).toBeLessThan(1.3);
  });
});
