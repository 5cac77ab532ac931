import path from 'node:path';
import {
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServiceDefinition,
  status,
  type UntypedHandleCall,
} from '@grpc/grpc-js';
import { fromJSON } from '@grpc/proto-loader';
import type { WriteContentRequest } from '#proto/gen/containerd.services.content.v1.ts';
import descriptors from '#proto/gen/descriptors.json' with { type: 'json' };
import { digestOf } from '../image/digest.ts';

/** What one call was: `Images.Create`, its request, and what it said about itself. */
export interface SeenCall {
  readonly method: string;
  readonly request: unknown;
  readonly namespace: string;
  readonly lease: string | undefined;
}

export interface StoredBlob {
  readonly bytes: Buffer;
  readonly labels: Readonly<Record<string, string>>;
}

/** A content store, an image table and leases behind a gRPC socket, as far as loading needs them. */
export class FakeContainerd implements AsyncDisposable {
  readonly address: string;
  readonly calls: SeenCall[] = [];
  readonly blobs: Map<string, StoredBlob> = new Map();
  /** Digest by name. */
  readonly images: Map<string, string> = new Map();
  readonly leases: Set<string> = new Set();
  /** Digest that `COMMIT` answers in place of the true one. */
  lie: string | undefined;
  /** `Service.Method` that fails, and how. */
  failing: { readonly method: string; readonly code: number; readonly details: string } | undefined;
  readonly #server = new Server();

  private constructor(address: string) {
    this.address = address;
    const unary = (method: string, answer: (request: Record<string, never>) => object): UntypedHandleCall => {
      const handler: UntypedHandleCall = (
        call: { request: Record<string, never>; metadata: { get(key: string): unknown[] } },
        callback: (error: object | null, answer?: object) => void,
      ) => {
        const [namespace] = call.metadata.get('containerd-namespace');
        const [lease] = call.metadata.get('containerd-lease');
        this.calls.push({
          method,
          request: call.request,
          namespace: String(namespace),
          lease: lease === undefined ? undefined : String(lease),
        });
        if (this.failing?.method === method) callback(this.failing);
        else {
          try {
            callback(null, answer(call.request));
          } catch (error) {
            callback(error as object);
          }
        }
      };
      return handler;
    };
    const definitions = fromJSON(descriptors as Parameters<typeof fromJSON>[0], {
      longs: Number,
      enums: String,
      defaults: true,
    });
    const add = (service: string, handlers: Record<string, UntypedHandleCall>): void => {
      const full = `containerd.services.${service.toLowerCase()}.v1.${service}`;
      const definition = definitions[full] as ServiceDefinition;
      const wanted = Object.entries(definition).filter(([name]) => name in handlers);
      this.#server.addService(Object.fromEntries(wanted), handlers);
    };
    add('Leases', {
      Create: unary('Leases.Create', ({ id }) => {
        this.leases.add(id ?? '');
        return { lease: { id } };
      }),
      Delete: unary('Leases.Delete', ({ id }) => {
        this.leases.delete(id ?? '');
        return {};
      }),
    });
    add('Images', {
      Create: unary('Images.Create', ({ image }) => {
        const { name, target } = image as unknown as { name: string; target: { digest: string } };
        if (this.images.has(name)) throw { code: status.ALREADY_EXISTS, details: `image "${name}"` };
        this.images.set(name, target.digest);
        return { image };
      }),
      Update: unary('Images.Update', ({ image }) => {
        const { name, target } = image as unknown as { name: string; target: { digest: string } };
        this.images.set(name, target.digest);
        return { image };
      }),
    });
    add('Content', {
      Update: unary('Content.Update', ({ info }) => ({ info })),
      Abort: unary('Content.Abort', () => ({})),
      Write: (stream: ServerDuplexStream<WriteContentRequest, object>) => this.#write(stream),
    });
  }

  static async listen(directory: string): Promise<FakeContainerd> {
    const fake = new FakeContainerd(path.join(directory, 'containerd.sock'));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    fake.#server.bindAsync(`unix:${fake.address}`, ServerCredentials.createInsecure(), (error) => {
      if (error) reject(error);
      else resolve();
    });
    await promise;
    return fake;
  }

  /** The calls of one method. */
  seen(method: string): readonly SeenCall[] {
    return this.calls.filter((call) => call.method === method);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.forceShutdown();
    await Promise.resolve();
  }

  #write(stream: ServerDuplexStream<WriteContentRequest, object>): void {
    const [namespace] = stream.metadata.get('containerd-namespace');
    const [lease] = stream.metadata.get('containerd-lease');
    const chunks: Buffer[] = [];
    const fail = (code: number, details: string): void => {
      stream.emit('error', { code, details });
    };
    stream.on('data', (request: WriteContentRequest) => {
      const method = `Content.Write ${request.action}`;
      this.calls.push({ method, request, namespace: String(namespace), lease: lease && String(lease) });
      if (this.failing?.method === method) return fail(this.failing.code, this.failing.details);
      const offset = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
      if (request.action === 'STAT' && this.blobs.has(request.expected)) {
        return fail(status.ALREADY_EXISTS, `content ${request.expected}`);
      }
      if (Number(request.offset) !== offset) return fail(status.OUT_OF_RANGE, 'wrong offset');
      chunks.push(Buffer.from(request.data));
      if (request.action !== 'COMMIT') return stream.write({ action: request.action, offset });
      const bytes = Buffer.concat(chunks);
      const digest = digestOf(bytes);
      if (digest !== request.expected || bytes.byteLength !== Number(request.total)) {
        return fail(status.FAILED_PRECONDITION, `unexpected commit digest ${digest}`);
      }
      this.blobs.set(digest, { bytes, labels: request.labels });
      return stream.write({ action: 'COMMIT', digest: this.lie ?? digest });
    });
    stream.on('end', () => stream.end());
  }
}
