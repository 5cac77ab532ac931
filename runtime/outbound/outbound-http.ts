import type { Dispatcher, Pool } from 'undici';
import type { EgressGroup } from '#runtime/operator.ts';
import type { WorkerLimits } from '#runtime/worker-limits.ts';
import { checkUrl, type Refusal, refusal } from './check-request.ts';
import { Connections } from './connections.ts';
import { bodyFailureOf, failureOf } from './failure.ts';
import { headerList, headerValue, requestHeaders } from './headers.ts';
import type { HttpPolicy } from './http-policy.ts';
import type { OutboundReply, OutboundRequest } from './message.ts';
import { reach } from './reach.ts';
import { decodersFor, readBody } from './read-body.ts';
import { type Hop, nextHop, redirectTarget } from './redirect.ts';
import { addressRefusalLine, policyRefusalLine } from './refusal-line.ts';
import { type Resolver, systemResolver } from './resolver.ts';
import { Slots } from './slots.ts';

/** A worker, as far as its outbound requests go. */
export interface OutboundWorker {
  readonly name: string;
  readonly http: HttpPolicy;
  readonly limits: Pick<WorkerLimits, 'requests' | 'response' | 'queue'>;
}

export interface OutboundOptions {
  /** By the index they ask with. */
  readonly workers: readonly OutboundWorker[];
  readonly egress: readonly EgressGroup[];
  /** Takes one line, for the operator, for the first request of a call that is refused. */
  readonly log: (line: string) => void;
  readonly resolver?: Resolver;
  /** Certificates of authorities to trust in place of Node's own, PEM. */
  readonly ca?: string;
  /** Time to set a connection up, by default 10 s. */
  readonly connectMs?: number;
}

const CONNECT_MS = 10_000;

const MAXIMUM_REDIRECTS = 10;

/** Of the body of a redirect, so that its connection can be used again. */
const DISCARD_BYTES = 16 * 1024;

/**
 * Sends the requests of workers. Each hop is checked against the worker's own rules and against where its host
 * leads to; what may be sent goes to the addresses that were looked at. No variable of the environment and no
 * proxy has a say in it.
 */
export class OutboundHttp {
  readonly #options: OutboundOptions;
  readonly #connections: Connections;
  /** By worker, made at its first request. */
  readonly #slots = new Map<number, Slots>();
  /** Calls whose refusal was told. */
  readonly #told = new WeakSet<AbortSignal>();

  constructor(options: OutboundOptions) {
    this.#options = options;
    this.#connections = new Connections({ ca: options.ca, connectMs: options.connectMs ?? CONNECT_MS });
  }

  /** Answers a request of worker `guest`. Rejects when `signal` aborts, and ends what it was doing. */
  async send(guest: number, request: OutboundRequest, signal: AbortSignal): Promise<OutboundReply> {
    const worker = this.#options.workers[guest];
    if (worker === undefined) throw new Error(`Cannot send a request: there is no worker ${guest}`);
    if (!URL.canParse(request.url)) return refusal('invalid-request', 'invalid format');
    const { method } = request;
    const refused = this.#refuse(worker, { url: new URL(request.url), method }, signal);
    if (refused !== undefined) return refused;
    const slots = this.#slotsOf(guest, worker);
    if (!(await slots.take(signal))) {
      const message = `Too many requests: ${worker.limits.requests} are under way, more wait`;
      return { ...refusal('internal-error', message), limit: 'requests' };
    }
    try {
      return await this.#follow({ guest, worker, request, signal });
    } finally {
      slots.release();
    }
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    await this.#connections.close();
  }

  #slotsOf(guest: number, { limits }: OutboundWorker): Slots {
    let slots = this.#slots.get(guest);
    if (slots === undefined) {
      slots = new Slots(limits.requests, limits.requests === 0 ? 0 : limits.queue);
      this.#slots.set(guest, slots);
    }
    return slots;
  }

  async #follow(sending: Sending): Promise<OutboundReply> {
    const { request } = sending;
    const url = new URL(request.url);
    const headers = requestHeaders(request, url);
    url.username = '';
    url.password = '';
    let hop: Hop = { url, method: request.method, headers, body: request.body };
    for (let redirects = 0; ; redirects++) {
      const checked = await this.#check(sending, hop);
      if ('ok' in checked) return checked;
      const result = await this.#exchange(sending, hop, checked.addresses, redirects);
      if ('ok' in result) return result;
      if (redirects === MAXIMUM_REDIRECTS) return refusal('redirect-loop', 'too many redirects');
      hop = result;
    }
  }

  /** Where the hop may go. */
  async #check(sending: Sending, hop: Hop): Promise<{ readonly addresses: readonly string[] } | Refusal> {
    const { worker, signal } = sending;
    const { hostname } = hop.url;
    const refused = this.#refuse(worker, hop, signal);
    if (refused !== undefined) return refused;
    const { resolver = systemResolver, egress } = this.#options;
    const reached = await reach(hostname, resolver, egress, signal);
    switch (reached.kind) {
      case 'addresses':
        return reached;
      case 'unknown':
        return refusal('invalid-request', `Cannot resolve the host '${hostname}': ${reached.reason}`);
      case 'refused':
        this.#tell(signal, addressRefusalLine(worker, hostname, reached));
        return refusal(
          'not-allowed',
          `The host '${hostname}' is not allowed for this worker: its address is ${reached.addressClass}`,
        );
    }
  }

  #refuse(worker: OutboundWorker, hop: Pick<Hop, 'url' | 'method'>, call: AbortSignal): Refusal | undefined {
    const refused = checkUrl(worker.http, hop.url, hop.method);
    if (refused?.code === 'not-allowed') this.#tell(call, policyRefusalLine(worker, hop));
    return refused;
  }

  #tell(call: AbortSignal, line: string): void {
    if (this.#told.has(call)) return;
    this.#told.add(call);
    this.#options.log(line);
  }

  async #exchange(
    { guest, worker, request, signal }: Sending,
    hop: Hop,
    addresses: readonly string[],
    redirects: number,
  ): Promise<OutboundReply | Hop> {
    const { origin, host } = hop.url;
    const destination = { owner: guest, origin, addresses, most: Math.max(1, worker.limits.requests) };
    return await this.#connections.with(destination, async (pool) => {
      let answer: Dispatcher.ResponseData;
      try {
        answer = await dispatch(pool, hop, signal);
      } catch (error) {
        signal.throwIfAborted();
        return failureOf(error, host);
      }
      try {
        return await received(answer, { hop, request, redirects, limit: worker.limits.response, signal });
      } catch (error) {
        signal.throwIfAborted();
        return bodyFailureOf(error, host);
      }
    });
  }
}

interface Sending {
  readonly guest: number;
  readonly worker: OutboundWorker;
  readonly request: OutboundRequest;
  readonly signal: AbortSignal;
}

function dispatch(pool: Pool, { url, method, headers, body }: Hop, signal: AbortSignal) {
  return pool.request({
    path: url.pathname + url.search,
    method: method as Dispatcher.HttpMethod,
    headers: headers.flat(),
    body: body ?? null,
    signal,
    responseHeaders: 'raw',
  });
}

interface Receiving {
  readonly hop: Hop;
  readonly request: OutboundRequest;
  readonly redirects: number;
  readonly limit: number;
  readonly signal: AbortSignal;
}

/** The reply for the worker, or where to go next. */
async function received(
  answer: Dispatcher.ResponseData,
  { hop, request, redirects, limit, signal }: Receiving,
): Promise<OutboundReply | Hop> {
  const { statusCode: status, body } = answer;
  // With `raw` they are a list, whatever the types say.
  const headers = headerList(answer.headers as unknown as readonly string[]);
  const target = redirectTarget(status, headerValue(headers, 'location'), hop.url);
  if (target !== undefined && request.redirect !== 'manual') {
    await body.dump({ limit: DISCARD_BYTES, signal });
    if (request.redirect === 'error') return refusal('internal-error', 'The answer is a redirect');
    return nextHop(hop, status, target);
  }
  const coding =
    request.decode && isBodied(hop.method, status) ? headerValue(headers, 'content-encoding') : '';
  const decoders = coding === undefined || coding === '' ? [] : decodersFor(coding);
  const bytes = await readBody(body, decoders ?? [], limit);
  const { href } = hop.url;
  return {
    ok: true,
    url: hop.url.hash === '' ? href : href.slice(0, -hop.url.hash.length),
    redirected: redirects > 0,
    status,
    statusText: answer.statusText,
    headers: decoders === undefined || decoders.length === 0 ? headers : withoutCoding(headers),
    body: bytes,
  };
}

function isBodied(method: string, status: number): boolean {
  return method !== 'HEAD' && status !== 204 && status !== 304;
}

/** They speak of the packed body: a worker that passes the answer on would say so of the unpacked one. */
function withoutCoding(headers: ReturnType<typeof headerList>): ReturnType<typeof headerList> {
  return headers.filter(([name]) => name !== 'content-encoding' && name !== 'content-length');
}
