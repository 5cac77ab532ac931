import { refusal } from '#runtime/outbound/check-request.ts';
import type { OutboundReply } from '#runtime/outbound/message.ts';
import { CallStopped, type HostCalls } from '#runtime/worker/host-calls.ts';
import { replyHead } from '../frozen/channel-message.ts';
import { HOST_FAILURE } from '../frozen/outbound-asker.ts';
import type { Message } from './channel.ts';

/** Requests one run may have under way: each holds memory on both sides. */
const MAXIMUM_OPEN = 256;

const TOO_MANY = refusal('internal-error', `${MAXIMUM_OPEN} requests are under way already`);

/** What the guest hears when none of its requests was answered in the time it gave. */
const NONE: Message = { head: { number: null }, body: new Uint8Array() };

/** Outbound requests that a run has begun and goes on without, until it waits for whichever is answered first. */
export class OpenRequests {
  readonly #calls: HostCalls;
  #open = 0;
  /** Answers that the guest has yet to hear of, by the numbers it gave. */
  readonly #answers = new Map<number, Message>();
  /** Told of each answer while the guest waits. */
  #wake: (() => void) | undefined;
  /** The call is over. */
  #stopped: CallStopped | undefined;

  constructor(calls: HostCalls) {
    this.#calls = calls;
  }

  begin(number: number, ask: () => OutboundReply | Promise<OutboundReply>): void {
    if (this.#open + this.#answers.size >= MAXIMUM_OPEN) {
      this.#answers.set(number, messageOf(number, TOO_MANY));
      return;
    }
    const reply = ask();
    if (!(reply instanceof Promise)) {
      this.#answers.set(number, messageOf(number, reply));
      return;
    }
    this.#open += 1;
    reply.then(
      (later) => this.#settle(number, later),
      (error: unknown) => this.#fail(number, error),
    );
  }

  /** The next answer, or the one to `number`; none after so many milliseconds. Rejects once the call is over. */
  next(milliseconds: number | undefined, number: number | undefined): Message | Promise<Message> {
    const ready = this.#take(number);
    if (ready !== undefined) return ready;
    if (milliseconds !== undefined && milliseconds <= 0) return NONE;
    return this.#wait(milliseconds, number);
  }

  #wait(milliseconds: number | undefined, number: number | undefined): Promise<Message> {
    const { promise, resolve, reject } = Promise.withResolvers<Message>();
    let unset = (): void => {};
    // At once, so that an answer that comes right behind is kept for the next time.
    const done = (settle: () => void): void => {
      this.#wake = undefined;
      unset();
      settle();
    };
    this.#wake = () => {
      const stopped = this.#stopped;
      const answer = stopped === undefined ? this.#take(number) : undefined;
      if (stopped !== undefined) done(() => reject(stopped));
      else if (answer !== undefined) done(() => resolve(answer));
    };
    if (milliseconds === undefined) return promise;
    unset = this.#calls.after(milliseconds, (stopped) =>
      done(() => (stopped === undefined ? resolve(NONE) : reject(stopped))),
    );
    return promise;
  }

  #take(wanted: number | undefined): Message | undefined {
    const number = wanted ?? this.#answers.keys().next().value;
    if (number === undefined) return undefined;
    const answer = this.#answers.get(number);
    this.#answers.delete(number);
    return answer;
  }

  #settle(number: number, reply: OutboundReply): void {
    this.#open -= 1;
    this.#answers.set(number, messageOf(number, reply));
    this.#wake?.();
  }

  #fail(number: number, error: unknown): void {
    if (error instanceof CallStopped) this.#stopped = error;
    this.#settle(number, HOST_FAILURE);
  }
}

function messageOf(number: number, reply: OutboundReply): Message {
  return { head: { number, ...replyHead(reply) }, body: reply.ok ? reply.body : NONE.body };
}
