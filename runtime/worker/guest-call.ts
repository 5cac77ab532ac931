import { CallStopped, type HostCalls, type HostServiceMap, type HostServiceName } from './host-calls.ts';
import type { Ask, Told } from './protocol.ts';

/** The longest a timer of Node's can be set for, in milliseconds. */
const LONGEST_MS = 0x7fff_ffff;

interface Waiting {
  readonly resolve: (reply: never) => void;
  readonly reject: (reason: Error) => void;
}

/** What a call needs of the thread it runs in. */
export interface CallSite {
  post(ask: Ask): void;
  /** Runs `work`, which lets the guest of a call that waits go on, so that it is seen to run. */
  enter(call: GuestCall, work: () => void): void;
}

/** One call inside a guest thread: it may ask the main thread, wait for a time, and be stopped from there. */
export class GuestCall implements HostCalls {
  readonly slot: number;
  readonly sequence: number;
  readonly #site: CallSite;
  /** Made for the few calls that ask. */
  #waiting: Map<number, Waiting> | undefined;
  #last = 0;
  /** Made for the few calls that set an alarm. */
  #alarms: Set<(stopped: CallStopped) => void> | undefined;
  /** The main thread knows that it waits. */
  isKnownToWait = false;
  #stopped: CallStopped | undefined;

  constructor(slot: number, sequence: number, site: CallSite) {
    this.slot = slot;
    this.sequence = sequence;
    this.#site = site;
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
    this.#site.post({ type: 'ask', slot, sequence, id: this.#last, service, request });
    return await promise;
  }

  get isAsking(): boolean {
    return this.#waiting !== undefined && this.#waiting.size > 0;
  }

  after(milliseconds: number, ring: (stopped?: CallStopped) => void): () => void {
    this.#alarms ??= new Set();
    const alarms = this.#alarms;
    const unset = (): void => {
      cancel();
      alarms.delete(stop);
    };
    const goOff = (): void => {
      alarms.delete(stop);
      this.#site.enter(this, () => ring(this.#stopped));
    };
    const stop = (stopped: CallStopped): void => {
      unset();
      ring(stopped);
    };
    const cancel = startTimer(milliseconds, goOff);
    alarms.add(stop);
    return unset;
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
    for (const stop of [...(this.#alarms ?? [])]) stop(this.#stopped);
  }
}

/** Calls `goOff` in a turn of the event loop of its own; what it returns takes that back. */
function startTimer(milliseconds: number, goOff: () => void): () => void {
  if (!(milliseconds > 0)) {
    const immediate = setImmediate(goOff);
    return () => clearImmediate(immediate);
  }
  const timeout = setTimeout(goOff, Math.min(milliseconds, LONGEST_MS));
  return () => clearTimeout(timeout);
}
