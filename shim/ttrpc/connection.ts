import type { Socket } from 'node:net';
import { encodeFrame, type Frame, FrameDecoder, type OversizedFrame } from './frame.ts';

/** Unread output of a peer, in bytes, over which its input is no longer read. */
const OUTPUT_LIMIT = 8 << 20;

export interface ConnectionEvents {
  onFrame(frame: Frame | OversizedFrame): void;
  /** Called once. The peer is gone, with an error if there was one. */
  onClose(error: Error | undefined): void;
}

/** Frames over one socket, in both directions. */
export class Connection {
  readonly #socket: Socket;
  #error: Error | undefined;

  constructor(socket: Socket, events: ConnectionEvents) {
    this.#socket = socket;
    const decoder = new FrameDecoder();
    socket.on('data', (chunk: Buffer) => {
      for (const frame of decoder.push(chunk)) events.onFrame(frame);
    });
    socket.on('drain', () => socket.resume());
    // 'close' always follows.
    socket.on('error', (error) => {
      this.#error = error;
    });
    // Nobody half-closes in ttrpc: a peer that ended its side wants no more answers.
    socket.on('end', () => socket.destroy());
    socket.on('close', () => events.onClose(this.#error));
  }

  /** Hands a frame to the socket. A peer that is gone gets nothing; one that does not read is read no more. */
  send(frame: Pick<Frame, 'streamId' | 'type' | 'data'>): void {
    if (!this.#socket.writable) return;
    this.#socket.write(encodeFrame(frame));
    if (this.#socket.writableLength > OUTPUT_LIMIT) this.#socket.pause();
  }

  /** Closes once everything sent is with the kernel. */
  closeSoon(): void {
    this.#socket.destroySoon();
  }

  /** Closes at once. */
  close(): void {
    this.#socket.destroy();
  }
}
