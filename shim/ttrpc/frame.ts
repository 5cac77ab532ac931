/** Length of a frame's header in bytes. */
export const HEADER_LENGTH = 10;

/** The most data one frame may carry, in bytes. */
export const MAX_DATA: number = 4 * 1024 * 1024;

/** What a frame is, as its ninth byte says. Receivers ignore other values. */
export const FRAME_TYPE = { request: 1, response: 2, data: 3 } as const;

/** One ttrpc frame (PROTOCOL.md). */
export interface Frame {
  readonly kind: 'frame';
  readonly streamId: number;
  readonly type: number;
  readonly flags: number;
  readonly data: Uint8Array;
}

/** A frame whose data is over the limit: the decoder drops the data and goes on after it. */
export interface OversizedFrame {
  readonly kind: 'oversized';
  readonly streamId: number;
  readonly type: number;
  readonly flags: number;
  readonly length: number;
}

/** Header and data as they go on the wire. The data must not be over {@link MAX_DATA}. */
export function encodeFrame(frame: Pick<Frame, 'streamId' | 'type' | 'data'>): Buffer {
  const header = Buffer.alloc(HEADER_LENGTH);
  header.writeUInt32BE(frame.data.length, 0);
  header.writeUInt32BE(frame.streamId, 4);
  header.writeUInt8(frame.type, 8);
  return Buffer.concat([header, frame.data]);
}

/** Finds the frames in a byte stream that arrives in chunks of any size; holds at most one frame's data. */
export class FrameDecoder {
  readonly #header: Buffer = Buffer.alloc(HEADER_LENGTH);
  #headerFilled = 0;
  #parts: Uint8Array[] = [];
  /** Bytes of data still to come for the frame whose header is complete. */
  #missing = 0;

  /** The frames this chunk completes. An oversized frame is reported as soon as its header is there. */
  push(chunk: Uint8Array): readonly (Frame | OversizedFrame)[] {
    const found: (Frame | OversizedFrame)[] = [];
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#headerFilled < HEADER_LENGTH) {
        rest = this.#takeHeader(rest);
        if (this.#headerFilled < HEADER_LENGTH) break;
        if (this.#isOversized()) found.push({ kind: 'oversized', ...this.#fields(), length: this.#missing });
      } else {
        rest = this.#takeData(rest);
      }
      if (this.#missing > 0) continue;
      if (!this.#isOversized()) found.push({ kind: 'frame', ...this.#fields(), data: this.#data() });
      this.#headerFilled = 0;
      this.#parts = [];
    }
    return found;
  }

  #takeHeader(bytes: Uint8Array): Uint8Array {
    const taken = bytes.subarray(0, HEADER_LENGTH - this.#headerFilled);
    this.#header.set(taken, this.#headerFilled);
    this.#headerFilled += taken.length;
    this.#missing = this.#header.readUInt32BE(0);
    return bytes.subarray(taken.length);
  }

  #takeData(bytes: Uint8Array): Uint8Array {
    const taken = bytes.subarray(0, this.#missing);
    if (!this.#isOversized()) this.#parts.push(taken);
    this.#missing -= taken.length;
    return bytes.subarray(taken.length);
  }

  #isOversized(): boolean {
    return this.#header.readUInt32BE(0) > MAX_DATA;
  }

  #fields(): Pick<Frame, 'streamId' | 'type' | 'flags'> {
    const header = this.#header;
    return { streamId: header.readUInt32BE(4), type: header.readUInt8(8), flags: header.readUInt8(9) };
  }

  #data(): Uint8Array {
    const [only] = this.#parts;
    return only && this.#parts.length === 1 ? only : Buffer.concat(this.#parts);
  }
}
