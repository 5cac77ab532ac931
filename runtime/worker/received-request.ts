import type { WorkerRequest } from './guest.ts';

/**
 * A request that came to a guest thread as JSON text, which is what most guests are given on stdin. It is parsed
 * for those alone that ask for its parts.
 */
export class ReceivedRequest implements WorkerRequest {
  /** `url`, `method`, `headers`, `body`, `kv` and `params` as one JSON object on one line. */
  readonly text: string;
  readonly bytes?: Uint8Array;
  #parsed: WorkerRequest | undefined;

  constructor(text: string, bytes: Uint8Array | undefined) {
    this.text = text;
    if (bytes !== undefined) this.bytes = bytes;
  }

  get #parts(): WorkerRequest {
    this.#parsed ??= JSON.parse(this.text) as WorkerRequest;
    return this.#parsed;
  }

  get url(): string {
    return this.#parts.url;
  }

  get method(): string {
    return this.#parts.method;
  }

  get headers(): Readonly<Record<string, string>> {
    return this.#parts.headers;
  }

  get body(): string {
    return this.#parts.body;
  }

  get kv(): Readonly<Record<string, string>> {
    return this.#parts.kv;
  }

  get params(): Readonly<Record<string, string>> {
    return this.#parts.params;
  }
}

/** The text that `ReceivedRequest` holds. */
export function requestText({ url, method, headers, body, kv, params }: WorkerRequest): string {
  return JSON.stringify({ url, method, headers, body, kv, params });
}
