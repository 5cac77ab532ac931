type HeadersInit =
  | Headers
  | Iterable<readonly [name: string, value: string]>
  | Readonly<Record<string, string | number | boolean>>;

/** Names in any case. */
declare class Headers {
  constructor(init?: HeadersInit | null);
  append(name: string, value: string): void;
  set(name: string, value: string): void;
  /** Several values joined by `, `. */
  get(name: string): string | null;
  getSetCookie(): string[];
  has(name: string): boolean;
  delete(name: string): void;
  forEach(callback: (value: string, name: string, headers: Headers) => void, self?: unknown): void;
  entries(): IterableIterator<[name: string, value: string]>;
  keys(): IterableIterator<string>;
  values(): IterableIterator<string>;
  [Symbol.iterator](): IterableIterator<[name: string, value: string]>;
  /** By lower-case name. */
  toJSON(): Record<string, string>;
  readonly [Symbol.toStringTag]: string;
}

type BodyInit =
  | string
  | ArrayBuffer
  | ArrayBufferView
  | Blob
  | FormData
  | URLSearchParams
  | ReadableStream<Uint8Array | string>;

/** What Request and Response have in common. */
interface Body {
  /** Somebody has begun to read the body, which is a stream. */
  readonly bodyUsed: boolean;
  text(): Promise<string>;
  json<T = unknown>(): Promise<T>;
  arrayBuffer(): Promise<ArrayBuffer>;
  bytes(): Promise<Uint8Array<ArrayBuffer>>;
  blob(): Promise<Blob>;
  formData(): Promise<FormData>;
}

interface RequestInit {
  method?: string;
  headers?: HeadersInit;
  body?: BodyInit | null;
  redirect?: 'follow' | 'manual' | 'error';
  signal?: AbortSignal | null;
}

interface Request extends Body {}

declare class Request {
  constructor(input: string | URL | Request, init?: RequestInit);
  /** Absolute. */
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  /**
   * The text; empty for none, and for a body that is no UTF-8, which `bytes()` has. Of a request that the worker makes
   * of a URL it is the standard's stream.
   */
  readonly body: string;
  /** Values of the route's parameters: `id` of `users/[id].ts`. */
  params: Readonly<Record<string, string>>;
  readonly redirect: 'follow' | 'manual' | 'error';
  readonly signal: AbortSignal;
  readonly cache: 'default';
  readonly credentials: 'same-origin';
  readonly destination: '';
  readonly duplex: 'half';
  readonly integrity: '';
  readonly keepalive: boolean;
  readonly mode: 'cors';
  readonly referrer: string;
  readonly referrerPolicy: '';
  clone(): Request;
  readonly [Symbol.toStringTag]: string;
}

interface ResponseInit {
  status?: number;
  statusText?: string;
  headers?: HeadersInit;
}

interface Response extends Body {}

declare class Response {
  /** Text without a content type is sent as HTML. */
  constructor(body?: BodyInit | null, init?: ResponseInit);
  static json(data: unknown, init?: ResponseInit): Response;
  static redirect(url: string | URL, status?: 301 | 302 | 303 | 307 | 308): Response;
  static error(): Response;
  status: number;
  statusText: string;
  headers: Headers;
  /** What it was made of, or the bytes that came. */
  body: string | ArrayBuffer | ArrayBufferView | ReadableStream<Uint8Array | string> | null;
  url: string;
  redirected: boolean;
  type: 'default' | 'basic' | 'error';
  readonly ok: boolean;
  clone(): Response;
  /** The text of the body. */
  toString(): string;
  readonly [Symbol.toStringTag]: string;
}

/** Within what `[features.http_requests]` of the worker's configuration allows. */
declare function fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>;
