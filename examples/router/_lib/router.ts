/** A request on its way through handlers. */
export interface Context {
  readonly request: Request;
  readonly url: URL;
  /** Values of the route's parameters. */
  readonly params: Readonly<Record<string, string>>;
  /** What earlier handlers leave for later ones. */
  readonly values: Map<string, unknown>;
}

type Answer = Response | undefined;

/** Answers, or leaves the request to the handlers behind it by awaiting `next`. */
export type Handler = (context: Context, next: () => Promise<Answer>) => Answer | Promise<Answer>;

interface Route {
  readonly method: string | undefined;
  readonly pattern: RegExp;
  readonly handler: Handler;
}

/** Handlers by method and path, asked in the order they were added; `:name` is a parameter, `*` the rest. */
export class Router {
  readonly #routes: Route[] = [];

  use(path: string, handler: Handler): this {
    return this.#add(undefined, path, handler);
  }

  get(path: string, handler: Handler): this {
    return this.#add('GET', path, handler);
  }

  post(path: string, handler: Handler): this {
    return this.#add('POST', path, handler);
  }

  #add(method: string | undefined, path: string, handler: Handler): this {
    const source = path
      .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
      .replace(/:(\w+)/g, '(?<$1>[^/]+)')
      .replace(/\*/g, '.*');
    this.#routes.push({ method, pattern: new RegExp(`^${source}$`), handler });
    return this;
  }

  /** For `export default`. */
  readonly fetch = async (request: Request): Promise<Response> => {
    const url = new URL(request.url);
    const values = new Map<string, unknown>();
    const from = async (start: number): Promise<Answer> => {
      for (let index = start; index < this.#routes.length; index++) {
        const route = this.#routes[index];
        const match = route?.pattern.exec(url.pathname);
        if (!route || !match || (route.method !== undefined && route.method !== request.method)) continue;
        const params = { ...match.groups };
        return await route.handler({ request, url, params, values }, () => from(index + 1));
      }
      return undefined;
    };
    return (await from(0)) ?? new Response('Not found\n', { status: 404 });
  };
}
