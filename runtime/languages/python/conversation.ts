import type { OutboundReply, OutboundRequest } from '#runtime/outbound/message.ts';
import type { Stdio } from '#runtime/wasi/host.ts';
import { MemoryOutput } from '#runtime/wasi/memory-stdio.ts';
import { FolderError } from '#runtime/wasi/preopens.ts';
import type { Outcome } from '#runtime/wasi/run-module.ts';
import { decodeAnswer, EnvelopeError } from '#runtime/worker/envelope.ts';
import { failure, met, said, type Witness } from '#runtime/worker/exchange.ts';
import type { GuestResult, GuestSpec, WorkerRequest } from '#runtime/worker/guest.ts';
import { CallStopped, type HostCalls } from '#runtime/worker/host-calls.ts';
import { valuesFor } from '#runtime/worker/parse-json.ts';
import { replyHead, requestOf } from '../frozen/channel-message.ts';
import { HOST_FAILURE, OutboundAsker } from '../frozen/outbound-asker.ts';
import { Channel, ChannelError, type Message } from './channel.ts';
import type { ModulesBeside } from './modules-beside.ts';
import { OpenRequests } from './open-requests.ts';

/** What belongs to one worker, and not to one request. */
export interface PythonWorker {
  readonly spec: GuestSpec;
  readonly witness: Witness;
  readonly modules: ModulesBeside;
  /** What it printed while it was loaded, until it is told of with the first result. */
  said: Uint8Array | undefined;
}

/** How a conversation begins. */
export interface Beginning {
  /** What is told before the request. */
  readonly before: readonly Message[];
  /** Whether others run while the interpreter waits. */
  readonly waits: boolean;
}

const NOTHING = new Uint8Array();

/** What is said between the host and the interpreter for one request, and what comes of it. */
export class Conversation {
  readonly stdio: Stdio;
  readonly #worker: PythonWorker;
  readonly #outbound: OutboundAsker;
  readonly #open: OpenRequests;
  readonly #channel: Channel;
  readonly #stderr: MemoryOutput;
  #answer: Message | undefined;
  /** What the interpreter says that went wrong. */
  #failed: string | undefined;

  constructor(worker: PythonWorker, { before, waits }: Beginning, request: WorkerRequest, calls: HostCalls) {
    const { limits, http } = worker.spec;
    this.#worker = worker;
    this.#outbound = new OutboundAsker(http);
    this.#outbound.begin(calls);
    this.#open = new OpenRequests(calls);
    this.#stderr = new MemoryOutput({ name: 'stderr', limit: limits.log, beyond: 'drop' });
    if (worker.said !== undefined) this.#stderr.write(Uint8Array.from(worker.said));
    worker.said = undefined;
    const channel = new Channel(limits.output, (message) => this.#hear(message), valuesFor(limits.keys));
    for (const message of before) channel.tell(message);
    channel.tell(requestMessage(request, worker.spec, waits));
    this.#channel = channel;
    this.stdio = { stdin: channel.stdin, stdout: channel.stdout, stderr: this.#stderr };
  }

  /** The result of a run that has ended. */
  result(outcome: Outcome): GuestResult {
    const reason = failure(outcome) ?? this.#failed;
    if (reason !== undefined) return this.#because(reason);
    if (this.#answer === undefined) return this.#because('It ended without an answer');
    try {
      const response = decodeAnswer(this.#answer.head, this.#answer.body);
      return { ok: true, response, stderr: said(this.#stderr), ...this.#met() };
    } catch (error) {
      return this.failed(error);
    }
  }

  /** The result of one that could not begin. */
  failed(error: unknown): GuestResult {
    if (error instanceof EnvelopeError || error instanceof FolderError) return this.#because(error.message);
    throw error;
  }

  #because(reason: string): GuestResult {
    return { ok: false, reason, stderr: said(this.#stderr), ...this.#met() };
  }

  #met(): Pick<GuestResult, 'limits'> {
    return met(this.#worker.witness, this.#channel, this.#stderr);
  }

  #hear(message: Message): Message | Promise<Message> | undefined {
    const { head } = message;
    if (head['ask'] === 'module') return this.#worker.modules.answer(head);
    if (head['ask'] === 'http') return this.#request(message);
    if (head['ask'] === 'next') return this.#open.next(numberOf(head['ms']), numberOf(head['number']));
    if (head['begin'] !== undefined) this.#begin(message);
    if (typeof head['failed'] === 'string') this.#failed ??= `Failed: ${head['failed']}`;
    if (head['answer'] === true) this.#answer = message;
    return undefined;
  }

  #begin(message: Message): void {
    const number = numberOf(message.head['begin']);
    if (number === undefined) throw new ChannelError(NO_REQUEST);
    this.#open.begin(number, () => this.#outbound.ask(outbound(message)));
  }

  #request(message: Message): Message | Promise<Message> {
    const reply = this.#outbound.ask(outbound(message));
    return reply instanceof Promise ? reply.catch(hostFailure).then(replyMessage) : replyMessage(reply);
  }
}

const NO_REQUEST = 'The worker asks for what is no request';

function outbound({ head, body }: Message): OutboundRequest {
  const request = requestOf(head, body.length === 0 ? undefined : body);
  if (request === undefined) throw new ChannelError(NO_REQUEST);
  return request;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

/** Whoever hears that the call is over ends the run. */
function hostFailure(error: unknown): OutboundReply {
  if (error instanceof CallStopped) throw error;
  return HOST_FAILURE;
}

function replyMessage(reply: OutboundReply): Message {
  return { head: replyHead(reply), body: reply.ok ? reply.body : NOTHING };
}

function requestMessage(request: WorkerRequest, { binaryBodies }: GuestSpec, waits: boolean): Message {
  const { url, method, headers, params, kv, body, bytes } = request;
  const kind = bytes === undefined ? 'text' : binaryBodies ? 'bytes' : 'none';
  return {
    head: { do: 'handle', url, method, headers, params, kv, body: kind, waits },
    body: bytes ?? (body === '' ? NOTHING : Buffer.from(body)),
  };
}
