import { packAny } from '#proto/any.ts';
import { codec } from '#proto/codec.ts';
import { toTimestamp } from '#proto/timestamp.ts';
import { ShimError } from '../errors.ts';
import { TtrpcClient } from '../ttrpc/client.ts';
import { type Clock, systemClock } from './clock.ts';
import { EventQueue, type QueuedEvent } from './queue.ts';
import { type EventOf, TOPICS, type Topic } from './topics.ts';

const SERVICE = 'containerd.services.events.ttrpc.v1.Events';
const QUEUE_LIMIT = 2048;
const CALL_TIMEOUT_MS = 5_000;
const FIRST_DELAY_MS = 20;
const LONGEST_DELAY_MS = 5_000;
/** Times containerd may answer an event with an error before it is given up for the ones behind it. */
const REFUSALS = 5;

const forwardRequests = codec('containerd.services.events.ttrpc.v1.ForwardRequest');

export interface EventPublisherOptions {
  /** Path of containerd's ttrpc socket (`TTRPC_ADDRESS`). */
  readonly ttrpcAddress: string;
  readonly containerdNamespace: string;
  /** Told of the first failure of each outage, and of every event that is lost. */
  readonly onError: (error: Error) => void;
  readonly clock?: Clock;
  /** Events kept while containerd is away. */
  readonly queueLimit?: number;
}

/**
 * Tells containerd what happens to tasks: one queue in order, one Forward in flight, retried with back-off for as
 * long as containerd is away. It may then see an event twice.
 */
export class EventPublisher {
  readonly #options: EventPublisherOptions;
  readonly #clock: Clock;
  readonly #queue: EventQueue;
  readonly #closed = new AbortController();
  #client: TtrpcClient | undefined;
  #sending: Promise<void> | undefined;
  /** Failed attempts to send the first event. */
  #failures = 0;
  #delay = FIRST_DELAY_MS;
  #pause = new AbortController();
  #lost = 0;

  constructor(options: EventPublisherOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#queue = new EventQueue(options.queueLimit ?? QUEUE_LIMIT);
  }

  /** Events that containerd will never see. */
  get lost(): number {
    return this.#lost;
  }

  /** Queues an event, dated now, and returns at once. */
  publish<Name extends Topic>(topic: Name, event: EventOf<Name>): void {
    const payload = forwardRequests.encode({
      envelope: {
        timestamp: toTimestamp(this.#clock.now()),
        namespace: this.#options.containerdNamespace,
        topic,
        event: packAny(TOPICS[topic], event),
      },
    });
    if (this.#closed.signal.aborted) {
      this.#lose(topic, new Error('the publisher is closed'));
      return;
    }
    const dropped = this.#queue.push({ topic, payload });
    if (dropped) this.#lose(dropped.topic, new Error(`${this.#queue.length} later ones wait for containerd`));
    this.#sending ??= this.#sendAll();
  }

  /** Waits until all is sent, at most that long; resolves to the number of events still waiting. */
  async flush(deadlineMs: number): Promise<number> {
    this.#delay = FIRST_DELAY_MS;
    this.#pause.abort();
    const done = new AbortController();
    await Promise.race([this.#sending, this.#clock.sleep(deadlineMs, done.signal)]);
    done.abort();
    return this.#queue.length;
  }

  /** Stops sending; what is still queued is lost. */
  close(): void {
    this.#closed.abort(new ShimError('cancelled', 'The publisher is closed'));
    this.#pause.abort();
    this.#client?.close();
  }

  async #sendAll(): Promise<void> {
    for (let event = this.#queue.first; event; event = this.#queue.first) {
      try {
        await this.#forward(event);
        this.#removeFirst();
      } catch (error) {
        if (this.#closed.signal.aborted) break;
        await this.#afterFailure(event, error);
      }
    }
    this.#sending = undefined;
  }

  async #forward({ payload }: QueuedEvent): Promise<void> {
    const { signal } = this.#closed;
    if (!this.#client || this.#client.isClosed) {
      const path = this.#options.ttrpcAddress.replace(/^unix:\/\//, '');
      this.#client = await TtrpcClient.connect(path, signal);
    }
    const metadata = new Map([['containerd-namespace-ttrpc', [this.#options.containerdNamespace]]]);
    await this.#client.call(SERVICE, 'Forward', payload, { timeoutMs: CALL_TIMEOUT_MS, signal, metadata });
  }

  async #afterFailure(event: QueuedEvent, cause: unknown): Promise<void> {
    this.#failures += 1;
    if (isRefusal(cause)) {
      if (this.#failures >= REFUSALS) {
        this.#removeFirst();
        this.#lose(event.topic, cause);
        return;
      }
    } else {
      // A connection that hangs is no better than a broken one.
      this.#client?.close();
    }
    if (this.#failures === 1) this.#options.onError(problem(`Cannot publish ${event.topic} yet`, cause));
    const delay = this.#delay;
    this.#delay = Math.min(delay * 2, LONGEST_DELAY_MS);
    this.#pause = new AbortController();
    await this.#clock.sleep(delay, this.#pause.signal);
  }

  #removeFirst(): void {
    this.#queue.removeFirst();
    this.#failures = 0;
    this.#delay = FIRST_DELAY_MS;
  }

  #lose(topic: Topic, cause: unknown): void {
    this.#lost += 1;
    this.#options.onError(problem(`Lost event ${topic} (${this.#lost} so far)`, cause));
  }
}

/** True when containerd itself answered with an error, false when it could not be reached. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof ShimError)) return false;
  return !['unavailable', 'deadline-exceeded', 'cancelled'].includes(error.code);
}

function problem(what: string, cause: unknown): Error {
  return new Error(`${what}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
}
