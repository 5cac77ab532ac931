import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unpackAny } from '#proto/any.ts';
import type { Envelope } from '#proto/gen/containerd.services.events.ttrpc.v1.ts';
import { ShimError } from '../errors.ts';
import { ttrpcService } from '../ttrpc/service.ts';
import { RunningServer, SocketDirectory } from '../ttrpc/wire.fixture.ts';
import type { Clock } from './clock.ts';
import { EventPublisher, type EventPublisherOptions } from './publisher.ts';

/** A clock whose sleepers a test wakes. */
class ManualClock implements Clock {
  readonly #sleepers = new Set<{ readonly milliseconds: number; readonly wake: () => void }>();
  #arrival = Promise.withResolvers<void>();

  now(): Date {
    return new Date('2026-01-02T03:04:05.006Z');
  }

  async sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const sleeper = { milliseconds, wake: resolve };
    this.#sleepers.add(sleeper);
    this.#arrival.resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
    await promise;
    this.#sleepers.delete(sleeper);
  }

  /** Waits until someone is asleep. */
  async asleep(): Promise<void> {
    while (this.#sleepers.size === 0) {
      this.#arrival = Promise.withResolvers();
      await this.#arrival.promise;
    }
  }

  /** Waits until someone is asleep and wakes them; gives the time they wanted to sleep. */
  async wakeNext(): Promise<number> {
    await this.asleep();
    const [next] = this.#sleepers;
    if (!next) throw new Error('Nobody is asleep');
    this.#sleepers.delete(next);
    next.wake();
    return next.milliseconds;
  }
}

/** Stands for containerd: takes events, or refuses each as often as told. */
class Daemon implements AsyncDisposable {
  readonly #server: RunningServer;
  readonly taken: Envelope[];

  private constructor(server: RunningServer, taken: Envelope[]) {
    this.#server = server;
    this.taken = taken;
  }

  static async start(socket: string, refuse: (envelope: Envelope) => boolean = () => false): Promise<Daemon> {
    const taken: Envelope[] = [];
    const name = 'containerd.services.events.ttrpc.v1.Events';
    const server = await RunningServer.start(socket, {
      [name]: ttrpcService(name, {
        Forward: async ({ envelope }, { metadata }) => {
          expect(metadata.get('containerd-namespace-ttrpc')).toEqual(['ns']);
          if (!envelope || refuse(envelope)) throw new ShimError('invalid-argument', 'Cannot take it');
          taken.push(envelope);
          return {};
        },
      }),
    });
    return new Daemon(server, taken);
  }

  get topics(): string[] {
    return this.taken.map(({ topic }) => topic);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#server[Symbol.asyncDispose]();
  }
}

let directory: SocketDirectory;
let sockets = 0;
beforeAll(async () => {
  directory = await SocketDirectory.make();
});
afterAll(() => directory[Symbol.asyncDispose]());

interface Rig extends Disposable {
  readonly socket: string;
  readonly clock: ManualClock;
  readonly errors: string[];
  readonly publisher: EventPublisher;
}

function rig(options: Partial<EventPublisherOptions> = {}): Rig {
  sockets += 1;
  const socket = path.join(directory.path, `events${sockets}`);
  const clock = new ManualClock();
  const errors: string[] = [];
  const publisher = new EventPublisher({
    ttrpcAddress: socket,
    containerdNamespace: 'ns',
    onError: (error) => errors.push(error.message),
    clock,
    ...options,
  });
  return { socket, clock, errors, publisher, [Symbol.dispose]: () => publisher.close() };
}

const exit = (containerId: string): { containerId: string; id: string; exitStatus: number } => ({
  containerId,
  id: containerId,
  exitStatus: 3,
});

describe('EventPublisher', () => {
  it('forwards events in order, each in an envelope with time, namespace, topic and message', async () => {
    using it = rig();
    await using daemon = await Daemon.start(it.socket);
    it.publisher.publish('/tasks/start', { containerId: 'c', pid: 7 });
    it.publisher.publish('/tasks/exit', exit('c'));
    it.publisher.publish('/tasks/delete', { containerId: 'c' });
    expect(await it.publisher.flush(1_000)).toBe(0);
    expect(daemon.topics).toEqual(['/tasks/start', '/tasks/exit', '/tasks/delete']);
    const [start] = daemon.taken;
    expect(start).toMatchObject({
      namespace: 'ns',
      timestamp: { seconds: 1_767_323_045n, nanos: 6_000_000 },
      event: { typeUrl: 'containerd.events.TaskStart' },
    });
    const message = start?.event && unpackAny('containerd.events.TaskStart', start.event);
    expect(message).toEqual({ containerId: 'c', pid: 7 });
  });

  it('waits for containerd to come, with growing pauses, and says so once', async () => {
    using it = rig();
    for (let index = 0; index < 50; index += 1) it.publisher.publish('/tasks/exit', exit(`c${index}`));
    const pauses = [];
    for (let index = 0; index < 10; index += 1) pauses.push(await it.clock.wakeNext());
    expect(pauses).toEqual([20, 40, 80, 160, 320, 640, 1280, 2560, 5000, 5000]);
    await it.clock.asleep();
    await using daemon = await Daemon.start(it.socket);
    await it.publisher.flush(1_000);
    const ids = daemon.taken.map(({ event }) => event && unpackAny('containerd.events.TaskExit', event)?.id);
    expect(ids).toEqual(Array.from({ length: 50 }, (_, index) => `c${index}`));
    expect(it.errors).toEqual([expect.stringContaining('Cannot publish /tasks/exit yet: Cannot connect to')]);
  });

  it('connects again after containerd restarted', async () => {
    using it = rig();
    {
      await using daemon = await Daemon.start(it.socket);
      it.publisher.publish('/tasks/start', { containerId: 'c' });
      await it.publisher.flush(1_000);
      expect(daemon.topics).toEqual(['/tasks/start']);
    }
    it.publisher.publish('/tasks/exit', exit('c'));
    await it.clock.asleep();
    await using daemon = await Daemon.start(it.socket);
    await it.publisher.flush(1_000);
    expect(daemon.topics).toEqual(['/tasks/exit']);
    expect(it.publisher.lost).toBe(0);
  });

  it('drops what matters least when too much waits, counts it, and keeps every exit', async () => {
    using it = rig({ queueLimit: 3 });
    it.publisher.publish('/tasks/create', { containerId: 'c' });
    it.publisher.publish('/tasks/start', { containerId: 'c' });
    for (const id of ['a', 'b', 'c']) it.publisher.publish('/tasks/exit', exit(id));
    expect(it.publisher.lost).toBe(1);
    expect(it.errors).toEqual([expect.stringContaining('Lost event /tasks/start (1 so far)')]);
    await it.clock.asleep();
    await using daemon = await Daemon.start(it.socket);
    await it.publisher.flush(1_000);
    expect(daemon.topics).toEqual(['/tasks/create', '/tasks/exit', '/tasks/exit', '/tasks/exit']);
  });

  it('gives up an event that containerd refuses five times, for those behind it', async () => {
    using it = rig();
    let refused = 0;
    await using daemon = await Daemon.start(it.socket, ({ topic }) => {
      if (topic === '/tasks/oom') refused += 1;
      return topic === '/tasks/oom';
    });
    it.publisher.publish('/tasks/oom', { containerId: 'c' });
    it.publisher.publish('/tasks/exit', exit('c'));
    for (let index = 0; index < 4; index += 1) await it.clock.wakeNext();
    await it.publisher.flush(1_000);
    expect(daemon.topics).toEqual(['/tasks/exit']);
    expect(refused).toBe(5);
    expect(it.errors.at(-1)).toBe('Lost event /tasks/oom (1 so far): Cannot take it');
  });
});

describe('EventPublisher.flush()', () => {
  it('gives up at its deadline and tells how many events still wait', async () => {
    using it = rig();
    it.publisher.publish('/tasks/start', { containerId: 'c' });
    it.publisher.publish('/tasks/exit', exit('c'));
    const left = it.publisher.flush(1_500);
    while ((await it.clock.wakeNext()) !== 1_500);
    expect(await left).toBe(2);
  });

  it('tries at once what was waiting for its next attempt', async () => {
    using it = rig();
    it.publisher.publish('/tasks/exit', exit('c'));
    for (let index = 0; index < 9; index += 1) await it.clock.wakeNext();
    await it.clock.asleep();
    await using daemon = await Daemon.start(it.socket);
    expect(await it.publisher.flush(1_000)).toBe(0);
    expect(daemon.topics).toEqual(['/tasks/exit']);
  });

  it('has nothing to wait for when nothing was published', async () => {
    using it = rig();
    expect(await it.publisher.flush(1_000)).toBe(0);
  });
});

it('EventPublisher.close() ends the attempts, and reports what comes later as lost', async () => {
  const it = rig();
  it.publisher.publish('/tasks/exit', exit('c'));
  await it.clock.wakeNext();
  it.publisher.close();
  it.publisher.publish('/tasks/exit', exit('c'));
  expect(it.publisher.lost).toBe(1);
  await using daemon = await Daemon.start(it.socket);
  await it.publisher.flush(1_000);
  expect(daemon.topics).toEqual([]);
});
