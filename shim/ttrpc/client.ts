import { once } from 'node:events';
import { Socket } from 'node:net';
import { codec } from '#proto/codec.ts';
import { ShimError } from '../errors.ts';
import { Connection } from './connection.ts';
import { FRAME_TYPE, type Frame, MAX_DATA, type OversizedFrame } from './frame.ts';
import { type Metadata, pairsOf } from './metadata.ts';
import { fromStatus } from './status.ts';

const requests = codec('ttrpc.Request');
const responses = codec('ttrpc.Response');

export interface CallOptions {
  /** The server is told of it, and the call fails with `deadline-exceeded` after it. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly metadata?: Metadata;
}

/** Calls unary methods over one connection. Once that breaks, every call fails with `unavailable`. */
export class TtrpcClient implements Disposable {
  readonly #connection: Connection;
  readonly #waiting = new Map<number, PromiseWithResolvers<Uint8Array>>();
  #nextStreamId = 1;
  #closed: ShimError | undefined;

  /** Takes over a connected socket. */
  constructor(socket: Socket) {
    this.#connection = new Connection(socket, {
      onFrame: (frame) => this.#receive(frame),
      onClose: (error) => this.#fail(error),
    });
  }

  /** Connects to a unix socket; rejects with `unavailable` when nobody listens there. */
  static async connect(path: string, signal?: AbortSignal): Promise<TtrpcClient> {
    const socket = new Socket();
    try {
      socket.connect({ path });
      await once(socket, 'connect', { signal });
    } catch (cause) {
      socket.destroy();
      throw new ShimError('unavailable', `Cannot connect to "${path}": ${textOf(cause)}`, { cause });
    }
    return new TtrpcClient(socket);
  }

  get isClosed(): boolean {
    return this.#closed !== undefined;
  }

  /** The answer's payload; rejects with the server's status as a ShimError. */
  async call(
    service: string,
    method: string,
    payload: Uint8Array,
    options: CallOptions = {},
  ): Promise<Uint8Array> {
    if (this.#closed) throw this.#closed;
    options.signal?.throwIfAborted();
    const data = requests.encode({
      service,
      method,
      payload,
      timeoutNano: BigInt(Math.ceil(options.timeoutMs ?? 0)) * 1_000_000n,
      metadata: pairsOf(options.metadata ?? new Map()),
    });
    if (data.length > MAX_DATA) {
      const sizes = `${data.length} bytes are over the limit of ${MAX_DATA}`;
      throw new ShimError('resource-exhausted', `Cannot call ${method}: ${sizes}`);
    }
    const streamId = this.#nextStreamId;
    this.#nextStreamId += 2;
    const answer = Promise.withResolvers<Uint8Array>();
    this.#waiting.set(streamId, answer);
    const stop = rejectWhenLate(answer, method, options);
    this.#connection.send({ streamId, type: FRAME_TYPE.request, data });
    try {
      return await answer.promise;
    } finally {
      stop();
      this.#waiting.delete(streamId);
    }
  }

  close(): void {
    this.#connection.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #receive(frame: Frame | OversizedFrame): void {
    const answer = this.#waiting.get(frame.streamId);
    // A late answer to a call that was given up is no error.
    if (frame.type !== FRAME_TYPE.response || !answer) return;
    if (frame.kind === 'oversized') {
      answer.reject(new ShimError('resource-exhausted', `Cannot read the answer: ${frame.length} bytes`));
      return;
    }
    try {
      const { status, payload } = responses.decode(frame.data);
      if (status && status.code !== 0) answer.reject(fromStatus(status));
      else answer.resolve(payload);
    } catch (cause) {
      answer.reject(new ShimError('unknown', `Cannot decode the answer: ${textOf(cause)}`, { cause }));
    }
  }

  #fail(cause: Error | undefined): void {
    const reason = cause ? `: ${cause.message}` : '';
    this.#closed = new ShimError('unavailable', `The ttrpc connection is closed${reason}`, { cause });
    for (const answer of this.#waiting.values()) answer.reject(this.#closed);
  }
}

/** Rejects `answer` on time-out or abort; the returned function ends the watch. */
function rejectWhenLate(
  answer: PromiseWithResolvers<Uint8Array>,
  method: string,
  { timeoutMs, signal }: CallOptions,
): () => void {
  const late = (): void =>
    answer.reject(new ShimError('deadline-exceeded', `Cannot call ${method}: no answer in ${timeoutMs} ms`));
  const timer = timeoutMs === undefined ? undefined : setTimeout(late, timeoutMs);
  const abort = (): void => answer.reject(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  return () => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  };
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
