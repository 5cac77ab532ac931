import { once } from 'node:events';
import { Agent as HttpAgent, get as httpGet, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, get as httpsGet } from 'node:https';
import { getCACertificates } from 'node:tls';

/** How the network is reached. */
export interface Network {
  /** Certificates of authorities, PEM, beside those of Node and of the system. */
  readonly authorities: readonly string[];
  /** `HTTPS_PROXY`, `NO_PROXY` and so on. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Headers for a URL: a redirect may lead to somebody who must not see them. */
export type HeadersFor = (url: URL) => Readonly<Record<string, string>>;

const MAX_REDIRECTS = 5;

/** Without a byte for so long, nothing more is expected. */
const IDLE_MS = 60_000;

/** Asks for URLs by http and https, in the way the user's other programs do. */
export class HttpGetter implements Disposable {
  readonly #http: HttpAgent;
  readonly #https: HttpsAgent;

  constructor({ authorities, environment }: Network) {
    const proxyEnv = { ...environment };
    this.#http = new HttpAgent({ proxyEnv });
    const ca = [...getCACertificates('default'), ...getCACertificates('system'), ...authorities];
    this.#https = new HttpsAgent({ proxyEnv, ca });
  }

  /** The answer of status 200. Rejects with the reason when there is none. */
  async get(start: URL, headersFor: HeadersFor = () => ({})): Promise<IncomingMessage> {
    let url = start;
    for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
      const response = await this.#ask(url, headersFor(url));
      const { statusCode = 0, headers } = response;
      if (statusCode === 200) return response;
      response.destroy();
      if (![301, 302, 303, 307, 308].includes(statusCode) || headers.location === undefined)
        throw new Error(`the server answers ${statusCode}`);
      if (!URL.canParse(headers.location, url))
        throw new Error('the server answers with a redirect to no URL');
      const next = new URL(headers.location, url);
      const isDowngrade = url.protocol === 'https:' && next.protocol !== 'https:';
      if (isDowngrade || !/^https?:$/.test(next.protocol))
        throw new Error(`the server answers with a redirect to "${next.protocol}"`);
      url = next;
    }
    throw new Error('the server answers with one redirect after the other');
  }

  async #ask(url: URL, headers: Readonly<Record<string, string>>): Promise<IncomingMessage> {
    const isSecure = url.protocol === 'https:';
    const request = isSecure
      ? httpsGet(url, { agent: this.#https, headers })
      : httpGet(url, { agent: this.#http, headers });
    request.setTimeout(IDLE_MS, () => request.destroy(new Error(`no answer for ${IDLE_MS / 1000} s`)));
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    return response;
  }

  [Symbol.dispose](): void {
    this.#http.destroy();
    this.#https.destroy();
  }
}
