import path from 'node:path';
import { Client, credentials, Metadata, type MethodDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

const services = {
  Snapshots: 'containerd.services.snapshots.v1.Snapshots',
  Tasks: 'containerd.services.tasks.v1.Tasks',
} as const;

type Service = keyof typeof services;

interface Mount {
  readonly type: string;
  readonly source: string;
  readonly target: string;
  readonly options: readonly string[];
}

/** The few calls of containerd's API that a start is made of. */
export class ContainerdClient implements Disposable {
  readonly #client: Client;
  readonly #metadata: Metadata = new Metadata();
  readonly #definitions = loadSync(path.join(import.meta.dirname, 'tasks.proto'), { defaults: true });

  constructor(socket: string, containerdNamespace: string) {
    this.#client = new Client(`unix://${socket}`, credentials.createInsecure());
    this.#metadata.set('containerd-namespace', containerdNamespace);
  }

  /** What must be mounted for the snapshot `key`; nothing for a container whose root is a plain directory. */
  async mounts(key: string): Promise<readonly Mount[]> {
    const answer = await this.#call('Snapshots', 'Mounts', { snapshotter: 'overlayfs', key });
    return (answer as { readonly mounts: readonly Mount[] }).mounts;
  }

  async create(containerId: string, rootfs: readonly Mount[]): Promise<void> {
    await this.#call('Tasks', 'Create', { containerId, rootfs });
  }

  async start(containerId: string): Promise<void> {
    await this.#call('Tasks', 'Start', { containerId });
  }

  /** Kills a task, waits for its end and removes it. */
  async remove(containerId: string): Promise<void> {
    const ended = this.#call('Tasks', 'Wait', { containerId });
    await this.#call('Tasks', 'Kill', { containerId, signal: 9, all: true });
    await ended;
    await this.#call('Tasks', 'Delete', { containerId });
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }

  #call(service: Service, method: string, request: object): Promise<unknown> {
    const definition = this.#definitions[`bench.wire.${service}`] as Record<
      string,
      MethodDefinition<object, unknown>
    >;
    const { requestSerialize, responseDeserialize } = definition[method] ?? missing(service, method);
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        `/${services[service]}/${method}`,
        requestSerialize,
        responseDeserialize,
        request,
        this.#metadata,
        (error, answer) => (error ? reject(error) : resolve(answer)),
      );
    });
  }
}

function missing(service: string, method: string): never {
  throw new Error(`Cannot call ${service}.${method}: not in tasks.proto`);
}
