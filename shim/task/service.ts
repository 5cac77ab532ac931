import { packAny } from '#proto/any.ts';
import type { Handlers } from '#proto/service.ts';
import { toTimestamp } from '#proto/timestamp.ts';
import type { TtrpcContext } from '../ttrpc/server-session.ts';
import { VERSION } from '../version.ts';
import { Container, type ContainerWorld } from './container.ts';
import type { Containers } from './containers.ts';
import type { Lifetime } from './lifetime.ts';
import { refuseExec, signalNumber, unsupported } from './refusals.ts';
import { toSandboxRequest } from './sandbox-request.ts';
import { toStateResponse } from './state-response.ts';

export interface TaskServiceOptions {
  readonly containers: Containers;
  readonly containerdNamespace: string;
  readonly world: ContainerWorld;
  readonly lifetime: Lifetime;
}

/**
 * The task service, `containerd.task.v2.Task` and, with the same fields, `containerd.task.v3.Task`. What a
 * method does is said by the container; here stands only which request reaches what.
 */
export function taskService(options: TaskServiceOptions): Handlers<'containerd.task.v2.Task', TtrpcContext> {
  const { containers, world, lifetime } = options;
  /** There are no exec processes yet: only the container's own process can be meant. */
  const init = ({ id, execId }: { readonly id: string; readonly execId: string }): Container => {
    const container = containers.get(id);
    refuseExec(id, execId);
    return container;
  };
  return {
    Create: async (request) => {
      lifetime.arrive(request.id);
      try {
        const sandboxRequest = toSandboxRequest(request, options.containerdNamespace);
        const container = await containers.add(request.id, () => Container.create(sandboxRequest, world));
        return { pid: container.pid };
      } catch (error) {
        lifetime.rest();
        throw error;
      }
    },
    Start: async (request) => {
      const container = init(request);
      await container.start();
      return { pid: container.pid };
    },
    State: async (request) => toStateResponse(init(request)),
    Wait: async (request) => {
      const exit = await init(request).wait();
      return { exitStatus: exit.status, exitedAt: toTimestamp(exit.at) };
    },
    Kill: async (request) => {
      await init(request).kill(signalNumber(request.signal), request.all);
      return {};
    },
    Delete: async (request) => {
      const container = init(request);
      const exit = await container.delete();
      containers.remove(request.id);
      lifetime.rest();
      return { pid: container.pid, exitStatus: exit.status, exitedAt: toTimestamp(exit.at) };
    },
    Pids: async ({ id }) => {
      const pids = await containers.get(id).pids();
      return { processes: pids.map((pid) => ({ pid })) };
    },
    Stats: async ({ id }) => {
      const { version, metrics } = await containers.get(id).stats();
      return { stats: packAny(`io.containerd.cgroups.v${version}.Metrics`, metrics) };
    },
    CloseIO: async (request) => {
      const container = init(request);
      if (request.stdin) container.closeStdin();
      return {};
    },
    // Nothing has a terminal yet: callers send sizes all the same.
    ResizePty: async (request) => {
      init(request);
      return {};
    },
    // Also containerd's test whether this shim lives, so it never fails.
    Connect: async ({ id }) => ({
      shimPid: process.pid,
      taskPid: containers.find(id)?.pid ?? 0,
      version: VERSION,
    }),
    Shutdown: async ({ id }, { answered }) => {
      void answered.then(() => lifetime.dismiss(id));
      return {};
    },
    Exec: async ({ id }) => unsupported(containers.get(id), 'exec', 'WebAssembly has no shell to enter'),
    Pause: async ({ id }) => unsupported(containers.get(id), 'pause'),
    Resume: async ({ id }) => unsupported(containers.get(id), 'resume'),
    Update: async ({ id }) =>
      unsupported(containers.get(id), 'update', 'stop it and run it with the new limits'),
    Checkpoint: async ({ id }) => unsupported(containers.get(id), 'checkpoint'),
  };
}
