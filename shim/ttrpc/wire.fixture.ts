import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { codec, type Input } from '#proto/codec.ts';
import type { Request, Response } from '#proto/gen/ttrpc.ts';
import { encodeFrame, FrameDecoder } from './frame.ts';
import { TtrpcServer } from './server.ts';
import type { TtrpcServices } from './server-session.ts';

/** A directory of its own for a test's sockets. */
export class SocketDirectory implements AsyncDisposable {
  readonly path: string;

  private constructor(directory: string) {
    this.path = directory;
  }

  static async make(): Promise<SocketDirectory> {
    return new SocketDirectory(await mkdtemp(path.join(tmpdir(), 'ttrpc-')));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true });
  }
}

/** A ttrpc server on a unix socket, with the errors it reported. */
export class RunningServer implements AsyncDisposable {
  readonly errors: unknown[] = [];
  readonly path: string;
  readonly server: TtrpcServer;

  private constructor(socket: string, services: TtrpcServices) {
    this.path = socket;
    this.server = new TtrpcServer({ services, onError: (error) => this.errors.push(error) });
  }

  static async start(socket: string, services: TtrpcServices): Promise<RunningServer> {
    const running = new RunningServer(socket, services);
    const listener = createServer();
    running.server.listen(listener);
    listener.listen(socket);
    await once(listener, 'listening');
    return running;
  }

  /** Cuts all connections, as a server that is killed does. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.close(AbortSignal.abort());
  }
}

export interface Answer extends Response {
  readonly streamId: number;
}

/** A client that writes whatever bytes a test wants. */
export class RawClient implements Disposable {
  readonly socket: Socket;
  readonly #decoder = new FrameDecoder();
  readonly #answers: Answer[] = [];

  private constructor(socket: Socket) {
    this.socket = socket;
  }

  static async connect(socketPath: string): Promise<RawClient> {
    const socket = connect(socketPath);
    await once(socket, 'connect');
    const client = new RawClient(socket);
    socket.on('data', (chunk: Buffer) => {
      for (const frame of client.#decoder.push(chunk)) {
        if (frame.kind !== 'frame') throw new Error('The server sent an oversized frame');
        client.#answers.push({ streamId: frame.streamId, ...codec('ttrpc.Response').decode(frame.data) });
      }
      socket.emit('answers');
    });
    return client;
  }

  send(streamId: number, request: Input<Request>, type = 1): void {
    this.socket.write(encodeFrame({ streamId, type, data: codec('ttrpc.Request').encode(request) }));
  }

  /** The next answer in the order of arrival. */
  async answer(): Promise<Answer> {
    for (;;) {
      const next = this.#answers.shift();
      if (next) return next;
      await once(this.socket, 'answers');
    }
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}
