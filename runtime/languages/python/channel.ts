import { GuestLimitExceeded } from '#runtime/wasi/end.ts';
import { formatBytes } from '#runtime/wasi/limits.ts';
import { Filetype, type GuestStream } from '#runtime/wasi/stream.ts';
import { MAXIMUM_VALUES, parseJson } from '#runtime/worker/parse-json.ts';

/** What an interpreter and its host say to each other. */
export interface Message {
  readonly head: Readonly<Record<string, unknown>>;
  readonly body: Uint8Array;
}

/** Hears what the guest says; what it answers is there for the guest to read. */
export type Listener = (message: Message) => Message | Promise<Message> | undefined;

const NEWLINE = 0x0a;

/** How much longer the line of a message may be than its bytes: small limits are for what is sent. */
const LINE_BYTES = 64 * 1024;

const NOT_ITS_OWN = 'The worker wrote to descriptor 1, which is not its own';

const EMPTY = new Uint8Array();

/** A guest says what makes no sense. */
export class ChannelError extends Error {
  override readonly name: string = 'ChannelError';
}

/**
 * Messages over the stdin and stdout of an interpreter: a line of JSON, and behind it as many bytes as it says under
 * `bytes`. It is a channel of WASI alone, so that interpreters run as they were built. A read never goes beyond the
 * message it began in.
 */
export class Channel {
  readonly stdin: GuestStream;
  readonly stdout: GuestStream;
  readonly #listener: Listener;
  readonly #limit: number;
  readonly #lineLimit: number;
  readonly #values: number;
  readonly #incoming: Uint8Array[] = [];
  #waiting: Promise<void> | undefined;
  #outgoing: Uint8Array = EMPTY;
  #outgoingLength = 0;
  /** Known once the line is complete. */
  #head: Message['head'] | undefined;
  #bodyAt = 0;
  #messageLength = 0;
  #isOverfull = false;

  /**
   * `limit`: bytes that one message of the guest may have behind its line; `values`: how many the JSON of that may
   * have, where it is more than usual.
   */
  constructor(limit: number, listener: Listener, values = 0) {
    this.#limit = limit;
    this.#values = Math.max(MAXIMUM_VALUES, values);
    this.#lineLimit = limit + LINE_BYTES;
    this.#listener = listener;
    const waiting = (): Promise<void> | undefined => this.#waiting;
    this.stdin = {
      filetype: Filetype.unknown,
      read: (into) => this.#read(into),
      get waiting() {
        return waiting();
      },
    };
    this.stdout = { filetype: Filetype.unknown, write: (from) => this.#write(from) };
  }

  /** The guest wanted to say more than the limit allows. */
  get isOverfull(): boolean {
    return this.#isOverfull;
  }

  /** Puts a message where the guest reads it. */
  tell({ head, body }: Message): void {
    const line = JSON.stringify(body.length === 0 ? head : { ...head, bytes: body.length });
    this.#incoming.push(Buffer.concat([Buffer.from(`${line}\n`), body]));
  }

  #read(into: Uint8Array): number {
    const [bytes] = this.#incoming;
    if (bytes === undefined) return 0;
    const count = Math.min(bytes.length, into.length);
    into.set(bytes.subarray(0, count));
    if (count === bytes.length) this.#incoming.shift();
    else this.#incoming[0] = bytes.subarray(count);
    return count;
  }

  #write(from: Uint8Array): number {
    if (this.#outgoingLength + from.length > this.#limit + this.#lineLimit) this.#refuse();
    this.#append(from);
    while (this.#completeMessage()) {}
    return from.length;
  }

  #append(bytes: Uint8Array): void {
    const length = this.#outgoingLength + bytes.length;
    if (length > this.#outgoing.length) {
      const larger = new Uint8Array(Math.max(length, this.#messageLength, this.#outgoing.length * 2));
      larger.set(this.#outgoing.subarray(0, this.#outgoingLength));
      this.#outgoing = larger;
    }
    this.#outgoing.set(bytes, this.#outgoingLength);
    this.#outgoingLength = length;
  }

  /** Hands on the message that is complete; false when there is none. */
  #completeMessage(): boolean {
    const said = this.#outgoing.subarray(0, this.#outgoingLength);
    if (this.#head === undefined) {
      const end = said.indexOf(NEWLINE);
      if (end === -1) {
        if (said.length > this.#lineLimit) this.#refuse();
        return false;
      }
      this.#head = headOf(said.subarray(0, end), this.#values);
      this.#bodyAt = end + 1;
      const length = bodyLength(this.#head);
      if (length > this.#limit) this.#refuse();
      this.#messageLength = this.#bodyAt + length;
    }
    if (said.length < this.#messageLength) return false;
    const message = { head: this.#head, body: said.slice(this.#bodyAt, this.#messageLength) };
    this.#head = undefined;
    this.#outgoing = said.slice(this.#messageLength);
    this.#outgoingLength = this.#outgoing.length;
    this.#hear(message);
    return this.#outgoingLength > 0;
  }

  #hear(message: Message): void {
    const answer = this.#listener(message);
    if (answer === undefined) return;
    if (!(answer instanceof Promise)) {
      this.tell(answer);
      return;
    }
    this.#waiting = answer
      .then((later) => this.tell(later))
      .finally(() => {
        this.#waiting = undefined;
      });
  }

  #refuse(): never {
    this.#isOverfull = true;
    throw new GuestLimitExceeded(`answered more than ${formatBytes(this.#limit)}`);
  }
}

function headOf(line: Uint8Array, values: number): Message['head'] {
  const text = Buffer.from(line.buffer, line.byteOffset, line.length).toString();
  let head: unknown;
  try {
    head = parseJson(text, values);
  } catch (error) {
    // One that is too large is a message all the same.
    if (error instanceof RangeError)
      throw new ChannelError(`What the worker answers is no answer: ${error.message}`);
  }
  if (typeof head === 'object' && head !== null && !Array.isArray(head)) return head as Message['head'];
  throw new ChannelError(`${NOT_ITS_OWN}: ${JSON.stringify(text.slice(0, 80))}`);
}

function bodyLength(head: Message['head']): number {
  const bytes = head['bytes'] ?? 0;
  if (typeof bytes === 'number' && Number.isSafeInteger(bytes) && bytes >= 0) return bytes;
  throw new ChannelError(NOT_ITS_OWN);
}
