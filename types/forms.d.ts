type BlobPart = string | ArrayBuffer | ArrayBufferView | Blob;

/** Bytes with a type; all of them are in memory. */
declare class Blob {
  constructor(parts?: Iterable<BlobPart>, options?: { type?: string });
  readonly size: number;
  readonly type: string;
  slice(start?: number, end?: number, type?: string): Blob;
  text(): Promise<string>;
  arrayBuffer(): Promise<ArrayBuffer>;
  bytes(): Promise<Uint8Array<ArrayBuffer>>;
  stream(): ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly [Symbol.toStringTag]: string;
}

declare class File extends Blob {
  constructor(parts: Iterable<BlobPart>, name: string, options?: { type?: string; lastModified?: number });
  readonly name: string;
  readonly lastModified: number;
  readonly webkitRelativePath: '';
}

declare class FormData {
  constructor();
  append(name: string, value: string): void;
  append(name: string, value: Blob, fileName?: string): void;
  set(name: string, value: string): void;
  set(name: string, value: Blob, fileName?: string): void;
  delete(name: string): void;
  get(name: string): string | File | null;
  getAll(name: string): (string | File)[];
  has(name: string): boolean;
  forEach(callback: (value: string | File, name: string, form: FormData) => void, self?: unknown): void;
  entries(): IterableIterator<[name: string, value: string | File]>;
  keys(): IterableIterator<string>;
  values(): IterableIterator<string | File>;
  [Symbol.iterator](): IterableIterator<[name: string, value: string | File]>;
  readonly [Symbol.toStringTag]: string;
}
