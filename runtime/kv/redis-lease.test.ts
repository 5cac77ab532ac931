import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { RedisConnection } from './redis-connection.ts';
import { RedisStore } from './redis-store.ts';
import { snapshotOf } from './snapshot.ts';
import { parseStoreUrl, type RedisTarget } from './store-url.ts';
import { RedisServer } from './testdata/redis-server.ts';
import { BOUNDS, PATIENCE } from './testdata/test-bounds.ts';

const server = await RedisServer.start();
afterAll(async () => await server[Symbol.asyncDispose]());

function url(prefix: string): string {
  return `redis://127.0.0.1:${server.port}/?prefix=${prefix}`;
}

function opened(prefix: string, leaseMs: number): RedisStore & AsyncDisposable {
  const store = new RedisStore(parseStoreUrl(url(prefix)) as RedisTarget, PATIENCE, leaseMs);
  return Object.assign(store, { [Symbol.asyncDispose]: () => store.close() });
}

/** A process of its own that takes the turn. */
class Holder implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: Interface;

  constructor(prefix: string, leaseMs: number) {
    const script = path.join(import.meta.dirname, 'testdata/turn-holder.ts');
    const node = ['--disable-warning=ExperimentalWarning', script, url(prefix), String(leaseMs)];
    this.#child = spawn(process.execPath, node, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface(this.#child.stdout);
  }

  async says(): Promise<string> {
    const [line] = await once(this.#lines, 'line');
    return line;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Has it write, and answers what became of it. */
  async write(): Promise<string> {
    this.#child.stdin.write('\n');
    return await this.says();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }
}

/** Resolves with the turn once it is there to be taken. */
async function waitForTurn(store: RedisStore) {
  return await vi.waitFor(
    async () => {
      const turn = await store.takeTurn('n');
      if (turn === undefined) throw new Error('It is still taken');
      return turn;
    },
    { timeout: 15_000, interval: 20 },
  );
}

describe('the lease of a turn in Redis', () => {
  it('is renewed as long as its holder lives, past its own length, and nobody else has the turn meanwhile', async () => {
    const leaseMs = 2_000;
    await using other = opened('renewed', leaseMs);
    const connection = new RedisConnection(parseStoreUrl(url('renewed')) as RedisTarget, PATIENCE);
    await using holder = new Holder('renewed', leaseMs);
    expect(await holder.says()).toBe('taken');
    let renewals = 0;
    let before = leaseMs;
    // A third of the lease passes between two renewals: four of them are longer than the lease.
    while (renewals < 4) {
      const left = Number(await connection.command(['PTTL', 'renewed:turn:n']));
      expect(left).toBeGreaterThan(0);
      if (left > before) renewals += 1;
      before = left;
      expect(await other.takeTurn('n')).toBeUndefined();
      await setTimeout(20);
    }
    await connection.close();
    expect(await holder.write()).toBe('written');
    expect(await waitForTurn(other)).toBeDefined();
  });

  it('ends when its holder is killed, and the next one has the turn', async () => {
    await using other = opened('killed', 1_000);
    await using holder = new Holder('killed', 1_000);
    expect(await holder.says()).toBe('taken');
    holder.kill('SIGKILL');
    const turn = await waitForTurn(other);
    const change = { type: 'replace', entries: snapshotOf([['by', 'other']]), keep: [] } as const;
    await other.write('n', change, BOUNDS, turn);
    expect({ ...(await other.read('n', BOUNDS)) }).toEqual({ by: 'other' });
  });

  it('ends while its holder hangs, who can then store nothing and takes nothing from the next one', async () => {
    await using other = opened('hung', 1_000);
    await using holder = new Holder('hung', 1_000);
    expect(await holder.says()).toBe('taken');
    holder.kill('SIGSTOP');
    const turn = await waitForTurn(other);
    holder.kill('SIGCONT');
    expect(await holder.write()).toBe('lost');
    const change = { type: 'replace', entries: snapshotOf([['by', 'other']]), keep: [] } as const;
    const stored = await other.write('n', change, BOUNDS, turn).then(
      () => 'written',
      // Where this process hung as well, its lease is over too: then nothing is stored at all.
      (error: Error & { readonly code?: string }) => error.code,
    );
    expect({ ...(await other.read('n', BOUNDS)) }).toEqual(stored === 'written' ? { by: 'other' } : {});
  });
});
