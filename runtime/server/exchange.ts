import type { IncomingMessage, ServerResponse } from 'node:http';
import { type RequestOutcome, type RequestReport, SAID_BYTES } from '#runtime/telemetry/telemetry.ts';
import type { Ticket } from '#runtime/worker/outcome.ts';
import { originHeaders } from './cors.ts';
import type { HeaderLines } from './header-lines.ts';
import { requestId } from './request-id.ts';
import type { SiteWorker } from './site.ts';

const NO_HEADERS: Readonly<Record<string, string>> = {};

/** One request and its answer, and what becomes known of them on the way. */
export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly id: string;
  /** What scripts of other origins may know, on every answer. */
  readonly origin: Readonly<Record<string, string>>;
  /** Of the peer; a connection that is closed has forgotten it. */
  readonly address: string | undefined;
  /** As `performance.now()` has it. */
  readonly began: number = performance.now();
  outcome: RequestOutcome = 'refused';
  worker: SiteWorker | undefined;
  /** The call of the worker, to be given up when the client goes away. */
  ticket: Ticket | undefined;
  problem: string | undefined;
  said: Uint8Array | undefined;
  /** Length of the body sent. */
  bytes = 0;
  /** Milliseconds, see `Timings`. */
  bodyMs = 0;
  queuedMs = 0;
  ranMs = 0;
  readonly #over: (exchange: Exchange) => void;
  #isClosed = false;
  #isAnswered = false;

  /** `over` is called once its connection has no more to do with it, and neither have we. */
  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    cors: readonly string[],
    over: (exchange: Exchange) => void,
  ) {
    this.request = request;
    this.response = response;
    this.address = request.socket.remoteAddress;
    this.id = requestId(request.headers['x-request-id']);
    this.origin = cors.length === 0 ? NO_HEADERS : originHeaders(cors, request.headers.origin);
    this.#over = over;
  }

  /** What every answer carries. */
  headers(): HeaderLines {
    const lines: HeaderLines = ['x-request-id', this.id];
    if (this.origin !== NO_HEADERS) lines.push(...Object.entries(this.origin).flat());
    return lines;
  }

  /** All that was to be sent is on its way, or nothing can be any more. `bytes`: the length of the body. */
  answered(bytes: number): void {
    this.bytes = bytes;
    this.#isAnswered = true;
    if (this.#isClosed) this.#over(this);
  }

  /** The connection has no more to do with it. */
  closed(): void {
    this.#isClosed = true;
    if (this.#isAnswered) this.#over(this);
    else this.ticket?.cancel();
  }

  report(totalMs: number): RequestReport {
    const { request, response, worker } = this;
    return {
      id: this.id,
      began: performance.timeOrigin + this.began,
      method: request.method ?? '',
      target: request.url ?? '',
      route: worker?.path,
      worker: worker?.name,
      status: response.statusCode,
      bytes: this.bytes,
      outcome: this.outcome,
      timings: { body: this.bodyMs, queued: this.queuedMs, ran: this.ranMs, total: totalMs },
      problem: this.problem,
      said: Buffer.from(this.said?.subarray(0, SAID_BYTES) ?? '').toString('utf8'),
    };
  }
}
