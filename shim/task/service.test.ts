import { mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CreateTaskRequest } from '#proto/gen/containerd.task.v2.ts';
import type { Handlers } from '#proto/service.ts';
import { Log } from '../log.ts';
import type { Sandbox, SandboxRequest } from '../sandbox/sandbox.ts';
import type { TtrpcContext } from '../ttrpc/server-session.ts';
import { VERSION } from '../version.ts';
import { Containers } from './containers.ts';
import { Lifetime } from './lifetime.ts';
import { FakeSandbox } from './sandbox.fixture.ts';
import { taskService } from './service.ts';

const exit = { status: 3, at: new Date(1_700_000_000_003) };
const exitedAt = { seconds: 1_700_000_000n, nanos: 3_000_000 };

const context: TtrpcContext = {
  signal: new AbortController().signal,
  metadata: new Map(),
  answered: Promise.resolve(),
};

let bundle: string;
let sandbox: FakeSandbox;
let createSandbox: (request: SandboxRequest) => Promise<Sandbox>;
let lifetime: Lifetime;
let left: number;
let service: Handlers<'containerd.task.v2.Task', TtrpcContext>;

beforeEach(() => {
  bundle = mkdtempSync(path.join(tmpdir(), 'bundle-'));
  sandbox = new FakeSandbox();
  createSandbox = async () => sandbox;
  left = 0;
  const containers = new Containers();
  lifetime = new Lifetime('web', { isEmpty: () => containers.isEmpty, leave: () => left++ });
  service = taskService({
    containers,
    lifetime,
    containerdNamespace: 'default',
    world: {
      createSandbox: (request) => createSandbox(request),
      publish: () => {},
      log: new Log({ fd: openSync('/dev/null', 'w') }),
    },
  });
});
afterEach(() => {
  lifetime.end();
  rmSync(bundle, { recursive: true, force: true });
});

function createRequest(more: Partial<CreateTaskRequest> = {}): CreateTaskRequest {
  const stdio = { terminal: false, stdin: '', stdout: '/out', stderr: '/err' };
  return { id: 'web', bundle, rootfs: [], ...stdio, checkpoint: '', parentCheckpoint: '', ...more };
}

const web = { id: 'web', execId: '' };

async function run(): Promise<void> {
  await service.Create(createRequest(), context);
  sandbox.started.resolve();
  await service.Start(web, context);
}

describe('Create', () => {
  it('answers the pid and hands the request on', async () => {
    const asked: SandboxRequest[] = [];
    createSandbox = async (request) => {
      asked.push(request);
      return sandbox;
    };
    const rootfs = [{ type: 'overlay', source: 'overlay', target: '', options: ['ro'] }];
    expect(await service.Create(createRequest({ rootfs }), context)).toEqual({ pid: 4242 });
    const stdio = { stdin: '', stdout: '/out', stderr: '/err', terminal: false };
    expect(asked).toMatchObject([{ id: 'web', containerdNamespace: 'default', bundle, rootfs, stdio }]);
  });

  it('refuses an id twice, also while the first is at work', async () => {
    const made = Promise.withResolvers<Sandbox>();
    createSandbox = () => made.promise;
    const first = service.Create(createRequest(), context);
    const refusal = { code: 'already-exists', message: 'Cannot create container "web": it exists already' };
    await expect(service.Create(createRequest(), context)).rejects.toMatchObject(refusal);
    await expect(service.State(web, context)).rejects.toMatchObject({ code: 'not-found' });
    made.resolve(sandbox);
    await first;
    await expect(service.Create(createRequest(), context)).rejects.toMatchObject(refusal);
  });

  it('frees the id when it fails', async () => {
    createSandbox = () => Promise.reject(new Error('no root'));
    await expect(service.Create(createRequest(), context)).rejects.toThrow('no root');
    createSandbox = async () => sandbox;
    await service.Create(createRequest(), context);
  });

  it.each([
    [{ terminal: true }, 'unimplemented', 'terminals are not supported, run it without -t'],
    [{ checkpoint: '/c' }, 'unimplemented', 'restoring checkpoints is not supported'],
    [{ id: '' }, 'invalid-argument', 'its id is empty'],
    [{ bundle: 'here' }, 'invalid-argument', 'bundle "here" is no absolute path'],
  ])('refuses %j', async (more, code, message) => {
    await expect(service.Create(createRequest(more), context)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });
});

describe('State', () => {
  it('tells the life of a container', async () => {
    await service.Create(createRequest(), context);
    const common = {
      id: 'web',
      bundle,
      pid: 4242,
      stdin: '',
      stdout: '/out',
      stderr: '/err',
      terminal: false,
    };
    expect(await service.State(web, context)).toEqual({ ...common, status: 'CREATED' });
    sandbox.started.resolve();
    await service.Start(web, context);
    expect(await service.State(web, context)).toEqual({ ...common, status: 'RUNNING' });
    sandbox.exit(exit);
    expect(await service.Wait(web, context)).toEqual({ exitStatus: 3, exitedAt });
    expect(await service.State(web, context)).toEqual({
      ...common,
      status: 'STOPPED',
      exitStatus: 3,
      exitedAt,
    });
    expect(await service.Delete(web, context)).toEqual({ pid: 4242, exitStatus: 3, exitedAt });
    await expect(service.State(web, context)).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('Kill', () => {
  it('passes on signal and reach', async () => {
    await run();
    expect(await service.Kill({ ...web, signal: 15, all: false }, context)).toEqual({});
    await service.Kill({ ...web, signal: 10, all: true }, context);
    expect(sandbox.calls).toEqual(['start', 'signal 15', 'signal 10 all']);
  });

  it('knows no signal 65', async () => {
    await run();
    await expect(service.Kill({ ...web, signal: 65, all: false }, context)).rejects.toMatchObject({
      code: 'invalid-argument',
    });
  });
});

describe('an unknown container', () => {
  const unknown = { id: 'none', execId: '' };
  const calls: Record<string, () => Promise<unknown>> = {
    State: () => service.State(unknown, context),
    Start: () => service.Start(unknown, context),
    Delete: () => service.Delete(unknown, context),
    Pids: () => service.Pids(unknown, context),
    Pause: () => service.Pause(unknown, context),
    Resume: () => service.Resume(unknown, context),
    Checkpoint: () => service.Checkpoint({ ...unknown, path: '' }, context),
    Kill: () => service.Kill({ ...unknown, signal: 9, all: true }, context),
    Exec: () => service.Exec({ ...unknown, terminal: false, stdin: '', stdout: '', stderr: '' }, context),
    ResizePty: () => service.ResizePty({ ...unknown, width: 1, height: 1 }, context),
    CloseIO: () => service.CloseIO({ ...unknown, stdin: true }, context),
    Update: () => service.Update({ ...unknown, annotations: {} }, context),
    Wait: () => service.Wait(unknown, context),
    Stats: () => service.Stats(unknown, context),
  };

  it.each(Object.entries(calls))('is not found by %s', async (_, call) => {
    await expect(call()).rejects.toMatchObject({
      code: 'not-found',
      message: 'Cannot find container "none": container not created',
    });
  });

  it('is fine for Connect, which containerd tests the shim with', async () => {
    expect(await service.Connect(unknown, context)).toEqual({
      shimPid: process.pid,
      taskPid: 0,
      version: VERSION,
    });
  });
});

describe('what is not there yet', () => {
  const calls: Record<string, () => Promise<unknown>> = {
    exec: () =>
      service.Exec({ ...web, execId: 'e', terminal: false, stdin: '', stdout: '', stderr: '' }, context),
    pause: () => service.Pause(web, context),
    resume: () => service.Resume(web, context),
    update: () => service.Update({ ...web, annotations: {} }, context),
    checkpoint: () => service.Checkpoint({ ...web, path: '' }, context),
  };

  it.each(Object.entries(calls))('says so for %s', async (action, call) => {
    await service.Create(createRequest(), context);
    await expect(call()).rejects.toMatchObject({
      code: 'unimplemented',
      message: expect.stringMatching(`^Cannot ${action} container "web": `),
    });
  });

  it('finds no process of an exec', async () => {
    await service.Create(createRequest(), context);
    await expect(service.State({ id: 'web', execId: 'e' }, context)).rejects.toMatchObject({
      code: 'not-found',
      message: 'Cannot find process "e" of container "web": process does not exist',
    });
  });
});

describe('stdin and terminal', () => {
  it('closes stdin when asked to, and takes sizes of a terminal it has not', async () => {
    await service.Create(createRequest(), context);
    await service.CloseIO({ ...web, stdin: false }, context);
    expect(sandbox.calls).toEqual([]);
    await service.CloseIO({ ...web, stdin: true }, context);
    expect(sandbox.calls).toEqual(['closeStdin']);
    expect(await service.ResizePty({ ...web, width: 80, height: 24 }, context)).toEqual({});
  });
});

describe('Shutdown', () => {
  it('lets the shim leave only after the answer, and only without containers', async () => {
    await run();
    expect(await service.Shutdown({ id: 'web', now: false }, context)).toEqual({});
    await context.answered;
    expect(left).toBe(0);
    sandbox.exit(exit);
    await service.Wait(web, context);
    await service.Delete(web, context);
    const answered = Promise.withResolvers<void>();
    await service.Shutdown({ id: 'web', now: false }, { ...context, answered: answered.promise });
    expect(left).toBe(0);
    answered.resolve();
    await answered.promise;
    expect(left).toBe(1);
  });

  it('waits for a Create that is under way', async () => {
    const made = Promise.withResolvers<Sandbox>();
    createSandbox = () => made.promise;
    const creating = service.Create(createRequest(), context);
    await service.Shutdown({ id: 'other', now: false }, context);
    await context.answered;
    expect(left).toBe(0);
    made.resolve(sandbox);
    await creating;
  });
});
