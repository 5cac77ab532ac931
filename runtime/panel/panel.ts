import type { PanelSettings } from '#runtime/operator.ts';
import { PanelApi } from './api.ts';
import { PanelServer } from './panel-server.ts';
import { RecentRequests } from './recent-requests.ts';
import type { ObservedSource } from './source.ts';
import { newToken, TokenGate } from './token.ts';
import { CountsByWorker } from './worker-counts.ts';

/** Where the panel is unless the operator says otherwise: for this machine, or this pod, alone. */
const LOOPBACK = '127.0.0.1';

export interface PanelOptions {
  readonly settings: PanelSettings;
  readonly source: ObservedSource;
  readonly onProblem: (message: string) => void;
}

/** The page that shows the operator what is served and what happens. Nothing of it exists until it is opened. */
export class Panel {
  /**
   * With a token that was made up in its fragment, which no browser sends anywhere. One that the operator gave is
   * theirs to keep: the page asks for it.
   */
  readonly url: string;
  readonly #server: PanelServer;
  readonly #unobserve: () => void;

  private constructor(server: PanelServer, url: string, unobserve: () => void) {
    this.#server = server;
    this.url = url;
    this.#unobserve = unobserve;
  }

  /** Rejects when its address cannot be had. */
  static async open({ settings, source, onProblem }: PanelOptions): Promise<Panel> {
    const token = settings.token ?? newToken();
    const { host, port } = settings.address ?? { host: undefined, port: 0 };
    const recent = new RecentRequests();
    const counts = new CountsByWorker();
    const server = await PanelServer.listen(
      { host: host ?? LOOPBACK, port },
      {
        api: new PanelApi(source, recent, counts),
        gate: new TokenGate(token),
        name: host,
        onProblem: (reason) => onProblem(`Cannot answer a request to the panel: ${reason}`),
      },
    );
    const stops = [source.telemetry.observe(recent), source.telemetry.observe(counts)];
    const { address, port: taken } = server.address;
    const fragment = settings.token === undefined ? `#token=${token}` : '';
    return new Panel(server, `http://${hostOfUrl(host, address)}:${taken}/${fragment}`, () => {
      for (const stop of stops) stop();
    });
  }

  close(): void {
    this.#unobserve();
    this.#server.close();
  }
}

/** What a person on this machine can open: "every address" is none. */
function hostOfUrl(host: string | undefined, address: string): string {
  if (address === '0.0.0.0' || address === '::') return LOOPBACK;
  if (host !== undefined && host !== address && !host.includes(':')) return host;
  return address.includes(':') ? `[${address}]` : address;
}
