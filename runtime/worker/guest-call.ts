import { CallStopped, type HostCalls, type HostServiceMap, type HostServiceName } from './host-calls.ts';
import type { Ask, Told } from './protocol.ts';

interface Waiting {
  readonly resolve: (reply: never) => void;
  readonly reject: (reason: Error) => void;
}

/** One call inside a guest thread: it may ask the main thread, and be stopped from there. */
export class GuestCall implements HostCalls {
  readonly slot: number;
  readonly sequence: number;
  readonly #post: (ask: Ask) => void;
  /** Made for the few calls that ask. */
  #waiting: Map<number, Waiting> | undefined;
  #last = 0;
  #stopped: CallStopped | undefined;

  constructor(slot: number, sequence: number, post: (ask: Ask) => void) {
    this.slot = slot;
    this.sequence = sequence;
    this.#post = post;
  }

  async call<S extends HostServiceName>(
    service: S,
    request: HostServiceMap[S]['request'],
  ): Promise<HostServiceMap[S]['reply']> {
    if (this.#stopped !== undefined) throw this.#stopped;
    const { promise, resolve, reject } = Promise.withResolvers<HostServiceMap[S]['reply']>();
    this.#last += 1;
    this.#waiting ??= new Map();
    this.#waiting.set(this.#last, { resolve, reject });
    const { slot, sequence } = this;
    this.#post({ type: 'ask', slot, sequence, id: this.#last, service, request });
    return await promise;
  }

  /** Hands an answer on to what waits for it. */
  told({ id, reply, problem }: Told): void {
    const waiting = this.#waiting?.get(id);
    this.#waiting?.delete(id);
    if (problem === undefined) waiting?.resolve(reply as never);
    else waiting?.reject(new Error(problem));
  }

  /** Refuses all it waits for, and whatever it asks from now on. */
  stop(reason: string): void {
    this.#stopped = new CallStopped(reason);
    for (const { reject } of this.#waiting?.values() ?? []) reject(this.#stopped);
    this.#waiting?.clear();
  }
}
