interface QueuingStrategy<T = unknown> {
  highWaterMark?: number;
  size?: (chunk: T) => number;
}

declare class CountQueuingStrategy {
  constructor(init: { highWaterMark: number });
  readonly highWaterMark: number;
  readonly size: (chunk?: unknown) => 1;
  readonly [Symbol.toStringTag]: string;
}

declare class ByteLengthQueuingStrategy {
  constructor(init: { highWaterMark: number });
  readonly highWaterMark: number;
  readonly size: (chunk: ArrayBufferView) => number;
  readonly [Symbol.toStringTag]: string;
}

interface UnderlyingSource<T = unknown> {
  start?: (controller: ReadableStreamDefaultController<T>) => unknown;
  pull?: (controller: ReadableStreamDefaultController<T>) => unknown;
  cancel?: (reason?: unknown) => unknown;
}

interface StreamPipeOptions {
  preventClose?: boolean;
  preventAbort?: boolean;
  preventCancel?: boolean;
  signal?: AbortSignal;
}

interface ReadableWritablePair<Out = unknown, In = unknown> {
  readable: ReadableStream<Out>;
  writable: WritableStream<In>;
}

type ReadResult<T> = { done: false; value: T } | { done: true; value: T | undefined };

declare class ReadableStream<T = unknown> {
  constructor(source?: UnderlyingSource<T> | UnderlyingByteSource, strategy?: QueuingStrategy<T>);
  static from<T>(iterable: Iterable<T> | AsyncIterable<T>): ReadableStream<T>;
  readonly locked: boolean;
  cancel(reason?: unknown): Promise<void>;
  getReader(): ReadableStreamDefaultReader<T>;
  pipeThrough<Out>(pair: ReadableWritablePair<Out, T>, options?: StreamPipeOptions): ReadableStream<Out>;
  pipeTo(destination: WritableStream<T>, options?: StreamPipeOptions): Promise<void>;
  tee(): [ReadableStream<T>, ReadableStream<T>];
  values(options?: { preventCancel?: boolean }): AsyncIterableIterator<T>;
  [Symbol.asyncIterator](options?: { preventCancel?: boolean }): AsyncIterableIterator<T>;
  readonly [Symbol.toStringTag]: string;
}

declare class ReadableStreamDefaultReader<T = unknown> {
  constructor(stream: ReadableStream<T>);
  readonly closed: Promise<undefined>;
  read(): Promise<ReadResult<T>>;
  cancel(reason?: unknown): Promise<void>;
  releaseLock(): void;
  readonly [Symbol.toStringTag]: string;
}

interface UnderlyingByteSource {
  type: 'bytes';
  start?: (controller: ReadableByteStreamController) => unknown;
  pull?: (controller: ReadableByteStreamController) => unknown;
  cancel?: (reason?: unknown) => unknown;
}

declare class ReadableByteStreamController {
  private constructor();
  /** Nobody brings a buffer of their own. */
  readonly byobRequest: null;
  readonly desiredSize: number | null;
  enqueue(chunk: ArrayBufferView): void;
  close(): void;
  error(reason?: unknown): void;
  readonly [Symbol.toStringTag]: string;
}

declare class ReadableStreamDefaultController<T = unknown> {
  private constructor();
  readonly desiredSize: number | null;
  enqueue(chunk: T): void;
  close(): void;
  error(reason?: unknown): void;
  readonly [Symbol.toStringTag]: string;
}

interface UnderlyingSink<T = unknown> {
  start?: (controller: WritableStreamDefaultController) => unknown;
  write?: (chunk: T, controller: WritableStreamDefaultController) => unknown;
  close?: () => unknown;
  abort?: (reason?: unknown) => unknown;
}

declare class WritableStream<T = unknown> {
  constructor(sink?: UnderlyingSink<T>, strategy?: QueuingStrategy<T>);
  readonly locked: boolean;
  getWriter(): WritableStreamDefaultWriter<T>;
  abort(reason?: unknown): Promise<void>;
  close(): Promise<void>;
  readonly [Symbol.toStringTag]: string;
}

declare class WritableStreamDefaultWriter<T = unknown> {
  constructor(stream: WritableStream<T>);
  readonly closed: Promise<undefined>;
  readonly ready: Promise<undefined>;
  readonly desiredSize: number | null;
  write(chunk: T): Promise<void>;
  close(): Promise<void>;
  abort(reason?: unknown): Promise<void>;
  releaseLock(): void;
  readonly [Symbol.toStringTag]: string;
}

declare class WritableStreamDefaultController {
  private constructor();
  readonly signal: AbortSignal;
  error(reason?: unknown): void;
  readonly [Symbol.toStringTag]: string;
}

interface Transformer<In = unknown, Out = unknown> {
  start?: (controller: TransformStreamDefaultController<Out>) => unknown;
  transform?: (chunk: In, controller: TransformStreamDefaultController<Out>) => unknown;
  flush?: (controller: TransformStreamDefaultController<Out>) => unknown;
  cancel?: (reason?: unknown) => unknown;
}

declare class TransformStream<In = unknown, Out = unknown> {
  constructor(
    transformer?: Transformer<In, Out>,
    writableStrategy?: QueuingStrategy<In>,
    readableStrategy?: QueuingStrategy<Out>,
  );
  readonly readable: ReadableStream<Out>;
  readonly writable: WritableStream<In>;
  readonly [Symbol.toStringTag]: string;
}

declare class TransformStreamDefaultController<Out = unknown> {
  private constructor();
  readonly desiredSize: number | null;
  enqueue(chunk: Out): void;
  error(reason?: unknown): void;
  terminate(): void;
  readonly [Symbol.toStringTag]: string;
}

declare class TextEncoderStream {
  constructor();
  readonly encoding: 'utf-8';
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly writable: WritableStream<string>;
  readonly [Symbol.toStringTag]: string;
}

declare class TextDecoderStream {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
  readonly encoding: string;
  readonly fatal: boolean;
  readonly ignoreBOM: boolean;
  readonly readable: ReadableStream<string>;
  readonly writable: WritableStream<ArrayBuffer | ArrayBufferView>;
  readonly [Symbol.toStringTag]: string;
}

type CompressionFormat = 'gzip' | 'deflate' | 'deflate-raw';

declare class CompressionStream {
  constructor(format: CompressionFormat);
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly writable: WritableStream<ArrayBuffer | ArrayBufferView>;
  readonly [Symbol.toStringTag]: string;
}

declare class DecompressionStream {
  constructor(format: CompressionFormat);
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly writable: WritableStream<ArrayBuffer | ArrayBufferView>;
  readonly [Symbol.toStringTag]: string;
}
