/** The variables of a worker: `[vars]` of its configuration. */
interface WorkerEnv {
  readonly [name: string]: string;
}

/** What a handler may ask about its own request. */
interface ExecutionContext {
  /** The answer does not wait for `promise`, but the request is not over before it has settled. */
  waitUntil(promise: PromiseLike<unknown> | unknown): void;
  /** Does nothing: there is no origin behind a worker. */
  passThroughOnException(): void;
}

/** Answers a request; may be the default export by itself. */
type FetchHandler<Env = WorkerEnv> = (
  request: Request,
  env: Env,
  context: ExecutionContext,
) => Response | PromiseLike<Response>;

/** The default export of a worker: `export default { fetch(request) { … } } satisfies ExportedHandler`. */
interface ExportedHandler<Env = WorkerEnv> {
  fetch: FetchHandler<Env>;
}

interface FetchEvent extends Event {
  readonly request: Request;
  response: Response | PromiseLike<Response> | undefined;
  respondWith(response: Response | PromiseLike<Response>): void;
  waitUntil(promise: PromiseLike<unknown> | unknown): void;
  passThroughOnException(): void;
}

/** Registers the handler of a worker that is a script. The last one wins. */
declare function addEventListener(type: 'fetch', listener: (event: FetchEvent) => unknown): void;
