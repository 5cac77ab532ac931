import {
  type CallOptions,
  Client,
  type ClientDuplexStream,
  credentials,
  Metadata,
  type MethodDefinition,
} from '@grpc/grpc-js';
import { fromJSON } from '@grpc/proto-loader';
import type { Input } from '#proto/codec.ts';
import descriptors from '#proto/gen/descriptors.json' with { type: 'json' };
import type { Messages, Services } from '#proto/gen/registry.ts';
import { ImageError } from '../../errors.ts';
import { type ContainerdTarget, probeSocket } from './socket.ts';
import { engineError } from './status.ts';

/** The services loading takes, by the last part of their names. */
interface ServicesByName {
  Content: Services['containerd.services.content.v1.Content'];
  Images: Services['containerd.services.images.v1.Images'];
  Leases: Services['containerd.services.leases.v1.Leases'];
}

type MessageOf<Name> = Name extends keyof Messages ? Messages[Name] : never;
type RequestOf<Method> = Method extends { request: infer Name } ? Input<MessageOf<Name>> : never;
type ResponseOf<Method> = Method extends { response: infer Name } ? MessageOf<Name> : never;

export type ContentStream = ClientDuplexStream<
  RequestOf<ServicesByName['Content']['Write']>,
  ResponseOf<ServicesByName['Content']['Write']>
>;

export interface ClientOptions extends ContainerdTarget {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds one answer may take. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 15_000;
const GREETING_MS = 3_000;

/** A connection to containerd's gRPC API in one of its namespaces. */
export class ContainerdClient implements Disposable {
  readonly #client: Client;
  readonly #definitions = fromJSON(descriptors as Parameters<typeof fromJSON>[0], {
    longs: BigInt,
    enums: String,
    defaults: true,
  });
  readonly #metadata = new Metadata();
  readonly #options: ClientOptions;

  private constructor(options: ClientOptions) {
    this.#options = options;
    this.#client = new Client(`unix:${options.address}`, credentials.createInsecure(), {
      'grpc.enable_http_proxy': 0,
    });
    this.#metadata.set('containerd-namespace', options.containerdNamespace);
  }

  /** @throws {ImageError} `engine-*` when there is no containerd to talk to. */
  static async connect(options: ClientOptions): Promise<ContainerdClient> {
    await probeSocket(options.address);
    const client = new ContainerdClient(options);
    try {
      await client.#ready();
      return client;
    } catch (error) {
      client[Symbol.dispose]();
      const message = `Cannot use "${options.address}" as containerd: it does not speak gRPC`;
      throw new ImageError('engine-foreign', message, { cause: error });
    }
  }

  /** Waits for the greeting of HTTP/2: without it a call on a socket of another kind only ends with its deadline. */
  async #ready(): Promise<void> {
    const { timeoutMs = GREETING_MS } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#client.waitForReady(Date.now() + timeoutMs, (error) => (error ? reject(error) : resolve()));
    await promise;
  }

  /** Every later call happens under this lease. */
  holdLease(id: string): void {
    this.#metadata.set('containerd-lease', id);
  }

  call<Service extends keyof ServicesByName, Method extends keyof ServicesByName[Service] & string>(
    service: Service,
    method: Method,
    request: RequestOf<ServicesByName[Service][Method]>,
  ): Promise<ResponseOf<ServicesByName[Service][Method]>> {
    type Response = ResponseOf<ServicesByName[Service][Method]>;
    const { path, requestSerialize, responseDeserialize } = this.#method(service, method);
    const { promise, resolve, reject } = Promise.withResolvers<Response>();
    const { signal, timeoutMs = TIMEOUT_MS } = this.#options;
    const deadline: CallOptions = { deadline: Date.now() + timeoutMs };
    const call = this.#client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      this.#metadata,
      deadline,
      (error, response) => {
        signal?.removeEventListener('abort', cancel);
        if (error) reject(signal?.aborted ? signal.reason : engineError(error, path, this.#options.address));
        else resolve(response as Response);
      },
    );
    const cancel = (): void => call.cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    return promise;
  }

  /** Opens `Content.Write`; its failures arrive as gRPC errors, since one of them is a good answer. */
  writeStream(): ContentStream {
    const { path, requestSerialize, responseDeserialize } = this.#method('Content', 'Write');
    const stream = this.#client.makeBidiStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      this.#metadata,
    );
    return stream as ContentStream;
  }

  /** What `error` of a stream means. */
  explain(error: unknown): unknown {
    return engineError(error, '/containerd.services.content.v1.Content/Write', this.#options.address);
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }

  #method(service: keyof ServicesByName, method: string): MethodDefinition<unknown, unknown> {
    const found = this.#definitions[`containerd.services.${service.toLowerCase()}.v1.${service}`];
    if (found === undefined || 'format' in found) throw new Error(`Cannot find the service "${service}"`);
    const definition = found[method];
    if (definition === undefined) throw new Error(`Cannot find the method "${service}.${method}"`);
    return definition as MethodDefinition<unknown, unknown>;
  }
}
