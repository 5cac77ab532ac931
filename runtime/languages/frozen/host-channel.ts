import type { HttpPolicy } from '#runtime/outbound/http-policy.ts';
import type { OutboundReply, OutboundRequest } from '#runtime/outbound/message.ts';
import { WasiError } from '#runtime/wasi/errno.ts';
import { Filetype, type GuestStream } from '#runtime/wasi/stream.ts';
import type { HostCalls } from '#runtime/worker/host-calls.ts';
import { decodeQuestion, encodeReply } from './channel-message.ts';
import { HOST_FAILURE, OutboundAsker } from './outbound-asker.ts';

/** A message announces its length in so many bytes, least significant first. */
const LENGTH_BYTES = 4;

/** No server takes more in one request, and a guest could have the host keep any number of halves. */
const MAXIMUM_BYTES = 64 * 1024 * 1024;

const NOTHING = new Uint8Array(0);

/**
 * The descriptor by which the code around an interpreted worker speaks to the host: it writes one message, an
 * outbound request, and reads one, the reply. What the worker's rules refuse is answered at once; for anything else
 * a reading guest has to be suspended while `waiting` is there.
 */
export class HostChannel implements GuestStream {
  readonly filetype: number = Filetype.unknown;
  readonly #outbound: OutboundAsker;
  /** Told when the call is over before its answer came. */
  readonly #stop: (error: unknown) => void;
  #run = 0;
  /** What is being written, and how much of it has come. */
  #message: Buffer | undefined;
  #received = 0;
  #reply: Uint8Array = NOTHING;
  #waiting: Promise<void> | undefined;

  constructor(policy: HttpPolicy, stop: (error: unknown) => void) {
    this.#outbound = new OutboundAsker(policy);
    this.#stop = stop;
  }

  /** Before each run; without `calls` nobody answers. */
  begin(calls: HostCalls | undefined): void {
    this.#outbound.begin(calls);
    this.#run += 1;
    this.#message = undefined;
    this.#reply = NOTHING;
    this.#waiting = undefined;
  }

  /** Settles when the reply can be read; undefined when nothing is awaited. */
  get waiting(): Promise<void> | undefined {
    return this.#waiting;
  }

  get available(): number {
    return this.#reply.length;
  }

  read(into: Uint8Array<ArrayBuffer>): number {
    if (this.#waiting !== undefined) throw new WasiError('again');
    const chunk = this.#reply.subarray(0, into.length);
    into.set(chunk);
    this.#reply = this.#reply.subarray(chunk.length);
    return chunk.length;
  }

  write(from: Uint8Array<ArrayBuffer>): number {
    if (this.#waiting !== undefined) throw new WasiError('busy');
    const rest = this.#message === undefined ? this.#announce(from) : from;
    const message = this.#message;
    if (message === undefined) return from.length;
    const taken = rest.subarray(0, message.length - this.#received);
    message.set(taken, this.#received);
    this.#received += taken.length;
    if (this.#received === message.length) {
      this.#message = undefined;
      this.#ask(decodeQuestion(message));
    }
    return from.length;
  }

  /** Makes room for the message that begins here, and returns what there is of it. */
  #announce(from: Uint8Array<ArrayBuffer>): Uint8Array {
    if (from.length < LENGTH_BYTES) throw new WasiError('inval');
    const length = Buffer.from(from.buffer, from.byteOffset, LENGTH_BYTES).readUInt32LE(0);
    if (length > MAXIMUM_BYTES) throw new WasiError('fbig');
    this.#message = Buffer.alloc(length);
    this.#received = 0;
    return from.subarray(LENGTH_BYTES);
  }

  #ask(request: OutboundRequest | undefined): void {
    // Only a worker that meddles with the descriptor itself gets here.
    if (request === undefined) throw new WasiError('inval');
    const reply = this.#outbound.ask(request);
    if (reply instanceof Promise) this.#waiting = this.#answer(reply, this.#run);
    else this.#keep(reply);
  }

  async #answer(later: Promise<OutboundReply>, run: number): Promise<void> {
    const reply = await later.catch((error: unknown) => {
      if (this.#run === run) this.#stop(error);
      return HOST_FAILURE;
    });
    // A worker may have answered without waiting for it: it is nothing to the next request.
    if (this.#run !== run) return;
    this.#keep(reply);
    this.#waiting = undefined;
  }

  #keep(reply: OutboundReply): void {
    const [head, body] = encodeReply(reply);
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32LE(head.length + body.length);
    this.#reply = Buffer.concat([length, head, body]);
  }
}
