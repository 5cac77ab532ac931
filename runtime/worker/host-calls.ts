import type { KvOperation, KvReply } from '#runtime/kv/operation.ts';
import type { OutboundReply, OutboundRequest } from '#runtime/outbound/message.ts';
import type { BodyStep } from './body-relay.ts';

/** What the main thread does for guests that their own thread does not: all of it takes time. */
export interface HostServiceMap {
  readonly http: { readonly request: OutboundRequest; readonly reply: OutboundReply };
  /** Of the worker's own namespace. */
  readonly kv: { readonly request: KvOperation; readonly reply: KvReply };
  /** Of an answer that `streams`: the call itself takes it, and no service. */
  readonly body: { readonly request: BodyStep; readonly reply: undefined };
}

export type HostServiceName = keyof HostServiceMap;

/** The guest's side: asks the main thread on behalf of one call. */
export interface HostCalls {
  /** Rejects with CallStopped once nobody waits for the call any more, and with an Error when the service fails. */
  call<S extends HostServiceName>(
    service: S,
    request: HostServiceMap[S]['request'],
  ): Promise<HostServiceMap[S]['reply']>;
  /**
   * Calls `ring` once, after so many milliseconds, or with CallStopped as soon as nobody waits for the call any
   * more. Returns what takes it back.
   */
  after(milliseconds: number, ring: (stopped?: CallStopped) => void): () => void;
}

/** The main thread's side; what is absent is answered with a problem. `guest` is the index of the worker that asks; `signal` aborts when its call is over. */
export type HostServices = {
  readonly [S in Exclude<HostServiceName, 'body'>]?: (
    guest: number,
    request: HostServiceMap[S]['request'],
    signal: AbortSignal,
  ) => Promise<HostServiceMap[S]['reply']>;
};

/** The call was given up, and so is all it waits for. */
export class CallStopped extends Error {
  override readonly name = 'CallStopped';
}
