import type { Socket } from 'node:net';
import { codec, type Input } from '#proto/codec.ts';
import type { Request, Response } from '#proto/gen/ttrpc.ts';
import { ShimError } from '../errors.ts';
import { Connection } from './connection.ts';
import { FRAME_TYPE, type Frame, MAX_DATA, type OversizedFrame } from './frame.ts';
import { type Metadata, metadataOf } from './metadata.ts';
import { toStatus } from './status.ts';

/** Longest delay of a timer in ms; a longer deadline is as good as none. */
const LONGEST_TIMER = 2 ** 31 - 1;

const requests = codec('ttrpc.Request');
const responses = codec('ttrpc.Response');

export interface TtrpcContext {
  /** Aborts when the client is gone or its deadline has passed. */
  readonly signal: AbortSignal;
  readonly metadata: Metadata;
  /** Resolves when the answer is handed to the socket, or the client is gone. */
  readonly answered: Promise<void>;
}

/** Takes a request's payload and gives the answer's; rejects with a ShimError for a status of its own. */
export type TtrpcHandler = (payload: Uint8Array, context: TtrpcContext) => Promise<Uint8Array>;

/** Handlers by service and method name. */
export type TtrpcServices = Readonly<Record<string, Readonly<Record<string, TtrpcHandler>>>>;

export interface SessionEvents {
  /** The connection broke, or a handler failed with something else than a ShimError. */
  onError(error: unknown): void;
  /** Called once, when the client is gone. */
  onClose(): void;
}

/** One client of a server: its stream ids and the requests it waits for. */
export class ServerSession {
  readonly #services: TtrpcServices;
  readonly #events: SessionEvents;
  readonly #connection: Connection;
  readonly #running = new Set<AbortController>();
  #lastStreamId = 0;

  constructor(socket: Socket, services: TtrpcServices, events: SessionEvents) {
    this.#services = services;
    this.#events = events;
    this.#connection = new Connection(socket, {
      onFrame: (frame) => this.#receive(frame),
      onClose: (error) => {
        for (const request of this.#running) request.abort(new ShimError('cancelled', 'The client is gone'));
        if (error) events.onError(error);
        events.onClose();
      },
    });
  }

  /** Closes once the answers given so far are sent. */
  closeSoon(): void {
    this.#connection.closeSoon();
  }

  close(): void {
    this.#connection.close();
  }

  #receive(frame: Frame | OversizedFrame): void {
    // Data frames belong to streams, which no method here has; a client sends no responses.
    if (frame.type !== FRAME_TYPE.request) return;
    try {
      const request = this.#accept(frame);
      void this.#run(frame.streamId, request);
    } catch (error) {
      this.#answer(frame.streamId, { status: toStatus(error) });
    }
  }

  #accept(frame: Frame | OversizedFrame): Request {
    if (frame.streamId % 2 === 0 || frame.streamId <= this.#lastStreamId) {
      const wanted = `an odd number above ${this.#lastStreamId}`;
      throw new ShimError('invalid-argument', `Cannot use stream id ${frame.streamId}: want ${wanted}`);
    }
    this.#lastStreamId = frame.streamId;
    if (frame.kind === 'oversized') {
      const sizes = `${frame.length} bytes are over the limit of ${MAX_DATA}`;
      throw new ShimError('resource-exhausted', `Cannot read the request: ${sizes}`);
    }
    try {
      return requests.decode(frame.data);
    } catch (cause) {
      throw new ShimError('invalid-argument', `Cannot decode the request: ${String(cause)}`, { cause });
    }
  }

  async #run(streamId: number, request: Request): Promise<void> {
    const controller = new AbortController();
    const answered = Promise.withResolvers<void>();
    const timer = startDeadline(request, controller);
    this.#running.add(controller);
    try {
      const handler = this.#handlerOf(request);
      const context = {
        signal: controller.signal,
        metadata: metadataOf(request.metadata),
        answered: answered.promise,
      };
      this.#answer(streamId, { payload: await handler(request.payload, context) });
    } catch (error) {
      if (!(error instanceof ShimError)) this.#events.onError(error);
      // No payload beside an error: Go clients decode the payload first.
      this.#answer(streamId, { status: toStatus(error) });
    } finally {
      clearTimeout(timer);
      this.#running.delete(controller);
      answered.resolve();
    }
  }

  #handlerOf({ service, method }: Request): TtrpcHandler {
    const methods = Object.hasOwn(this.#services, service) ? this.#services[service] : undefined;
    if (!methods) throw new ShimError('unimplemented', `service ${service}`);
    const handler = Object.hasOwn(methods, method) ? methods[method] : undefined;
    if (!handler) throw new ShimError('unimplemented', `method ${method}`);
    return handler;
  }

  #answer(streamId: number, response: Input<Response>): void {
    let data = responses.encode(response);
    if (data.length > MAX_DATA) {
      const sizes = `${data.length} bytes are over the limit of ${MAX_DATA}`;
      const error = new ShimError('resource-exhausted', `Cannot send the answer: ${sizes}`);
      data = responses.encode({ status: toStatus(error) });
    }
    this.#connection.send({ streamId, type: FRAME_TYPE.response, data });
  }
}

function startDeadline(request: Request, controller: AbortController): NodeJS.Timeout | undefined {
  const milliseconds = Number(request.timeoutNano / 1_000_000n);
  if (request.timeoutNano <= 0n || milliseconds > LONGEST_TIMER) return undefined;
  const error = new ShimError(
    'deadline-exceeded',
    `Cannot finish ${request.method}: its deadline has passed`,
  );
  return setTimeout(() => controller.abort(error), milliseconds);
}
