import { type WorkerLimits, workerLimits } from '#runtime/worker-limits.ts';
import type { HttpPolicy } from '../http-policy.ts';
import { NO_REQUESTS } from '../http-policy.ts';
import type { OutboundReply, OutboundRequest } from '../message.ts';
import { OutboundHttp, type OutboundOptions } from '../outbound-http.ts';
import type { Resolver } from '../resolver.ts';

export interface SenderOptions extends Partial<Omit<OutboundOptions, 'workers' | 'log'>> {
  readonly policy?: Partial<HttpPolicy>;
  readonly limits?: Partial<WorkerLimits>;
}

/** Outbound requests of one worker, `a.js`, that may reach loopback by name unless options say otherwise. */
export class Sender implements AsyncDisposable {
  readonly lines: string[] = [];
  readonly outbound: OutboundHttp;
  readonly call: AbortController = new AbortController();

  constructor({ policy = {}, limits = {}, ...options }: SenderOptions = {}) {
    this.outbound = new OutboundHttp({
      workers: [{ name: 'a.js', http: { ...NO_REQUESTS, ...policy }, limits: workerLimits(limits) }],
      egress: ['loopback'],
      resolver: names({}),
      log: (line) => void this.lines.push(line),
      ...options,
    });
  }

  async send(url: string, parts: Partial<OutboundRequest> = {}): Promise<OutboundReply> {
    const request: OutboundRequest = {
      url,
      method: 'GET',
      headers: [],
      body: undefined,
      redirect: 'follow',
      decode: false,
      ...parts,
    };
    return await this.outbound.send(0, request, this.call.signal);
  }

  /** Status and body, or code and message. */
  async get(url: string, parts: Partial<OutboundRequest> = {}): Promise<readonly [number | string, string]> {
    const reply = await this.send(url, parts);
    return reply.ok ? [reply.status, Buffer.from(reply.body).toString()] : [reply.code, reply.message];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.outbound.close();
  }
}

/** A resolver that knows these names, and 127.0.0.1 for all others that end in `.test`. */
export function names(known: Readonly<Record<string, readonly string[]>>): Resolver {
  return {
    resolve: async (name) => {
      const addresses = known[name] ?? (name.endsWith('.test') ? ['127.0.0.1'] : undefined);
      if (addresses === undefined) throw new Error(`getaddrinfo ENOTFOUND ${name}`);
      return addresses;
    },
  };
}
