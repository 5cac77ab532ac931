import type { HostCalls } from '#runtime/worker/host-calls.ts';

/** Bytes that may be on their way before the worker has to wait: of one answer, on both sides together. */
const WINDOW_BYTES = 256 * 1024;

/**
 * The body of an answer that comes in parts. They are collected as long as the worker need not wait; from then on
 * they are sent as they come, and the worker has to wait for a client that is slow to take them.
 */
export class PartedBody {
  readonly #longest: number;
  #parts: Uint8Array[] = [];
  #unsent = 0;
  #total = 0;
  /** Sent, and not taken yet. */
  #underWay = 0;
  #room: PromiseWithResolvers<void> | undefined;
  #calls: HostCalls | undefined;
  #isOver = false;

  constructor(longest: number) {
    this.#longest = longest;
  }

  /** False when it would be longer than it may be. */
  add(bytes: Uint8Array): boolean {
    this.#total += bytes.length;
    if (this.#total > this.#longest) return false;
    this.#parts.push(bytes);
    this.#unsent += bytes.length;
    return true;
  }

  /** Settles when there is room for more; undefined where there is some. Rejects as the questions of its call do. */
  room(): Promise<void> | undefined {
    if (this.#hasRoom) return undefined;
    this.#room ??= Promise.withResolvers();
    return this.#room.promise;
  }

  get #hasRoom(): boolean {
    return this.#unsent + this.#underWay < WINDOW_BYTES;
  }

  /** Whether it is being sent, and so is no more part of the answer. */
  get isSending(): boolean {
    return this.#calls !== undefined;
  }

  /** What is there and not sent, in memory of its own. */
  take(): Uint8Array {
    const [first] = this.#parts;
    const bytes = this.#parts.length === 1 && first !== undefined ? first : Buffer.concat(this.#parts);
    this.#parts = [];
    this.#unsent = 0;
    return bytes;
  }

  /** What is there goes with the head, and the rest by `calls`. `gone` is called when nobody reads any more. */
  begin(calls: HostCalls, gone: () => void): Uint8Array {
    this.#calls = calls;
    // A call that is stopped is told so by what its worker waits for.
    calls.call('body', { type: 'watch' }).then(gone, () => {});
    const first = this.take();
    this.#post(calls, new Uint8Array(), first.length);
    return first;
  }

  /** Sends what has come meanwhile. */
  send(): void {
    if (this.#calls === undefined || this.#parts.length === 0) return;
    const bytes = new Uint8Array(this.take());
    this.#post(this.#calls, bytes, bytes.length);
  }

  /** Sends what is left, and that it was all, or why there will be no more. */
  end(problem: string | undefined): void {
    if (this.#calls === undefined || this.#isOver) return;
    this.send();
    this.#isOver = true;
    this.#calls.call('body', { type: 'end', ...(problem === undefined ? {} : { problem }) }).catch(() => {
      // Of a call that was stopped the host knows the end.
    });
  }

  #post(calls: HostCalls, bytes: Uint8Array, length: number): void {
    this.#underWay += length;
    calls.call('body', { type: 'bytes', bytes }).then(
      () => {
        this.#underWay -= length;
        if (this.#hasRoom) this.#settle((room) => room.resolve());
      },
      (error: unknown) => this.#settle((room) => room.reject(error)),
    );
  }

  #settle(settle: (room: PromiseWithResolvers<void>) => void): void {
    const room = this.#room;
    this.#room = undefined;
    if (room !== undefined) settle(room);
  }
}
