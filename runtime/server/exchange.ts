import type { IncomingMessage, ServerResponse } from 'node:http';
import { type RequestOutcome, type RequestReport, SAID_BYTES } from '#runtime/telemetry/telemetry.ts';
import { originHeaders } from './cors.ts';
import { requestId } from './request-id.ts';
import type { SiteWorker } from './site.ts';

/** One request and its answer, and what becomes known of them on the way. */
export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly id: string;
  /** What every answer carries. */
  readonly headers: Readonly<Record<string, string>>;
  /** Of the peer; a connection that is closed has forgotten it. */
  readonly address: string | undefined;
  /** As `performance.now()` has it. */
  readonly began: number = performance.now();
  outcome: RequestOutcome = 'refused';
  worker: SiteWorker | undefined;
  problem: string | undefined;
  said: Uint8Array | undefined;
  /** Milliseconds, see `Timings`. */
  bodyMs = 0;
  queuedMs = 0;
  ranMs = 0;

  constructor(request: IncomingMessage, response: ServerResponse, cors: readonly string[]) {
    this.request = request;
    this.response = response;
    this.address = request.socket.remoteAddress;
    this.id = requestId(request.headers['x-request-id']);
    this.headers =
      cors.length === 0
        ? { 'x-request-id': this.id }
        : { 'x-request-id': this.id, ...originHeaders(cors, request.headers.origin) };
  }

  report(bytes: number, totalMs: number): RequestReport {
    const { request, response, worker } = this;
    return {
      id: this.id,
      began: performance.timeOrigin + this.began,
      method: request.method ?? '',
      target: request.url ?? '',
      route: worker?.path,
      worker: worker?.name,
      status: response.statusCode,
      bytes,
      outcome: this.outcome,
      timings: { body: this.bodyMs, queued: this.queuedMs, ran: this.ranMs, total: totalMs },
      problem: this.problem,
      said: Buffer.from(this.said?.subarray(0, SAID_BYTES) ?? '').toString('utf8'),
    };
  }
}
