import { existsSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { codec } from '#proto/codec.ts';
import { readExit } from '../bootstrap/exit-file.ts';
import { readRecord } from '../bootstrap/record-file.ts';
import { ShimError } from '../errors.ts';
import { Log } from '../log.ts';
import type { Exit } from '../sandbox/sandbox.ts';
import { Container, type ContainerWorld } from './container.ts';
import { FakeSandbox } from './sandbox.fixture.ts';

const deleteResponse = codec('containerd.task.v2.DeleteResponse');
const exit: Exit = { status: 3, at: new Date(1_700_000_000_003) };

let bundle: string;
let sandbox: FakeSandbox;
let events: { readonly topic: string; readonly event: object }[];
let onPublish: (topic: string) => void;
/** What createSandbox() fails with once there is a process. */
let failure: Error | undefined;

beforeEach(() => {
  bundle = mkdtempSync(path.join(tmpdir(), 'bundle-'));
  sandbox = new FakeSandbox();
  events = [];
  onPublish = () => {};
  failure = undefined;
});
afterEach(() => rmSync(bundle, { recursive: true, force: true }));

const topics = (): string[] => events.map(({ topic }) => topic);

function world(): ContainerWorld {
  return {
    createSandbox: async (request) => {
      await request.onRecord?.(sandbox.record);
      if (failure) throw failure;
      return sandbox;
    },
    publish: (topic, event) => {
      onPublish(topic);
      events.push({ topic, event });
    },
    log: new Log({ fd: openSync('/dev/null', 'w') }),
  };
}

function create(inBundle = bundle): Promise<Container> {
  const stdio = { stdin: '', stdout: '/out', stderr: '/err', terminal: false };
  return Container.create(
    { id: 'web', containerdNamespace: 'default', bundle: inBundle, rootfs: [], stdio },
    world(),
  );
}

async function run(): Promise<Container> {
  const container = await create();
  sandbox.started.resolve();
  await container.start();
  return container;
}

describe('Container.create()', () => {
  it('has its record on disk before anyone hears of the container', async () => {
    onPublish = () => expect(readRecord(bundle)).toEqual(sandbox.record);
    const container = await create();
    expect(container.pid).toBe(4242);
    expect(container.snapshot.state.status).toBe('CREATED');
    const io = { stdin: '', stdout: '/out', stderr: '/err', terminal: false };
    const event = { containerId: 'web', bundle, rootfs: [], io, pid: 4242 };
    expect(events).toEqual([{ topic: '/tasks/create', event }]);
  });

  it('fails when the record cannot be written', async () => {
    await expect(create(path.join(bundle, 'gone'))).rejects.toThrow(
      'Cannot write the state file of container "web": ENOENT',
    );
    expect(events).toEqual([]);
  });

  it('takes the record back when what follows fails', async () => {
    failure = new Error('hook failed');
    await expect(create()).rejects.toThrow('hook failed');
    expect(readRecord(bundle)).toBeUndefined();
    expect(events).toEqual([]);
  });

  it('tells what is wrong with a container as UNKNOWN, in its own words, and other failures as they are', async () => {
    for (const code of ['invalid-argument', 'not-found', 'unknown'] as const) {
      failure = new ShimError(code, 'Cannot run "/x": no such file or directory');
      await expect(create()).rejects.toMatchObject({ code: 'unknown', message: failure.message });
    }
    failure = new ShimError('unimplemented', 'Cannot connect stdout');
    await expect(create()).rejects.toBe(failure);
  });
});

describe('Container.start()', () => {
  it('is told before the exit of a process that dies while it starts', async () => {
    const container = await create();
    const starting = container.start();
    sandbox.exit(exit);
    sandbox.started.resolve();
    await starting;
    await container.wait();
    expect(topics()).toEqual(['/tasks/create', '/tasks/start', '/tasks/exit']);
    expect(container.snapshot.state).toEqual({ status: 'STOPPED', exit });
  });

  it('kills what cannot run and gives the reason', async () => {
    const container = await create();
    const starting = container.start();
    sandbox.started.reject(new ShimError('unknown', 'Cannot load "/a.wasm": bad magic'));
    await expect(starting).rejects.toThrow('Cannot load "/a.wasm": bad magic');
    expect(sandbox.calls).toEqual(['start', 'signal 9 all']);
    expect(topics()).toEqual(['/tasks/create', '/tasks/exit']);
    expect(container.snapshot.state.status).toBe('STOPPED');
  });

  it('happens once', async () => {
    const container = await run();
    await expect(container.start()).rejects.toMatchObject({
      code: 'failed-precondition',
      message: 'Cannot start container "web": it is running already',
    });
    expect(topics()).toEqual(['/tasks/create', '/tasks/start']);
  });

  it('is refused after the process died before it', async () => {
    const container = await create();
    sandbox.exit(exit);
    await container.wait();
    await expect(container.start()).rejects.toMatchObject({
      code: 'failed-precondition',
      message: 'Cannot start container "web": its process has exited already, with status 3',
    });
    expect(sandbox.calls).toEqual([]);
  });
});

describe('Container.kill()', () => {
  it('reaches the process while a start hangs', async () => {
    const container = await create();
    const starting = container.start();
    await container.kill(15, false);
    expect(sandbox.calls).toContain('signal 15');
    expect(container.snapshot.state.status).toBe('CREATED');
    sandbox.started.resolve();
    await starting;
    expect(container.snapshot.state.status).toBe('RUNNING');
  });

  it('says that a dead process has finished, before the exit has become a state', async () => {
    const container = await create();
    const starting = container.start();
    sandbox.exit(exit);
    await sandbox.exited;
    await expect(container.kill(9, true)).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('process already finished'),
    });
    sandbox.started.resolve();
    await starting;
  });
});

describe('the exit of a container', () => {
  it('is on disk before it is published, and the same everywhere', async () => {
    const container = await run();
    onPublish = () => expect(deleteResponse.decode(readExit(bundle) ?? Buffer.of()).exitStatus).toBe(3);
    const waits = Array.from({ length: 20 }, () => container.wait());
    sandbox.exit(exit);
    expect(await Promise.all(waits)).toEqual(waits.map(() => exit));
    expect(await container.wait()).toEqual(exit);
    expect(container.snapshot.state).toEqual({ status: 'STOPPED', exit });
    const exitedAt = { seconds: 1_700_000_000n, nanos: 3_000_000 };
    const event = { containerId: 'web', id: 'web', pid: 4242, exitStatus: 3, exitedAt };
    expect(events.at(-1)).toEqual({ topic: '/tasks/exit', event });
    expect(await container.delete()).toEqual(exit);
    expect(deleteResponse.decode(readExit(bundle) ?? Buffer.of())).toEqual({
      pid: 4242,
      exitStatus: 3,
      exitedAt,
    });
  });

  it('is published even when it cannot be put on disk', async () => {
    const container = await run();
    rmSync(bundle, { recursive: true });
    sandbox.exit(exit);
    await container.wait();
    expect(topics()).toEqual(['/tasks/create', '/tasks/start', '/tasks/exit']);
  });
});

describe('Container.delete()', () => {
  it('is refused while the process runs', async () => {
    const container = await run();
    await expect(container.delete()).rejects.toMatchObject({
      code: 'failed-precondition',
      message: expect.stringContaining('cannot delete a running process'),
    });
    expect(sandbox.calls).not.toContain('destroy');
  });

  it('kills a container that was never started', async () => {
    const container = await create();
    expect((await container.delete()).status).toBe(137);
    expect(sandbox.calls).toEqual(['signal 9 all', 'destroy']);
    expect(topics()).toEqual(['/tasks/create', '/tasks/exit', '/tasks/delete']);
  });

  it('removes the record, so that nothing is cleaned up twice', async () => {
    const container = await run();
    sandbox.exit(exit);
    await container.wait();
    await container.delete();
    expect(existsSync(path.join(bundle, 'wws-state.json'))).toBe(false);
    expect(topics()).toEqual(['/tasks/create', '/tasks/start', '/tasks/exit', '/tasks/delete']);
  });

  it('can be repeated after a failure and not after a success', async () => {
    const container = await run();
    sandbox.exit(exit);
    await container.wait();
    sandbox.failDestroy = new Error('EBUSY');
    await expect(container.delete()).rejects.toThrow('EBUSY');
    expect(readRecord(bundle)).toEqual(sandbox.record);
    sandbox.failDestroy = undefined;
    await container.delete();
    await expect(container.delete()).rejects.toMatchObject({ code: 'not-found' });
    expect(topics().filter((topic) => topic === '/tasks/delete')).toHaveLength(1);
  });
});

describe('Container.pids()', () => {
  it('names the init process, dead or alive, until the container is deleted', async () => {
    const container = await run();
    expect(await container.pids()).toEqual([4242, 4243]);
    sandbox.exit(exit);
    await container.wait();
    expect(await container.pids()).toEqual([4242]);
  });
});
