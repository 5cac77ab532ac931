import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { KvContents } from '#runtime/panel/kv-contents.ts';
import { Panel } from '#runtime/panel/panel.ts';
import type { ObservedSource, PanelSource } from '#runtime/panel/source.ts';
import type { Log } from '#runtime/server/log.ts';
import type { ServedWorker } from '#runtime/server/served-route.ts';
import { type RequestReport, Telemetry } from '#runtime/telemetry/telemetry.ts';
import type { GuestSpec } from '#runtime/worker/guest.ts';
import { workerLimits } from '#runtime/worker-limits.ts';

export const TOKEN = 'a-token-for-the-tests';

export const silent: Log = {
  format: 'text',
  dropped: 0,
  line: () => {},
  record: () => {},
  said: () => {},
};

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** A panel on a free port, over a project that tests may swap. */
export class TestPanel implements AsyncDisposable {
  readonly panel: Panel;
  readonly telemetry: Telemetry;

  private constructor(panel: Panel, telemetry: Telemetry) {
    this.panel = panel;
    this.telemetry = telemetry;
  }

  static async open(source: PanelSource, host?: string): Promise<TestPanel> {
    const telemetry = new Telemetry();
    const panel = await Panel.open({
      settings: { address: { host, port: 0 }, token: TOKEN },
      // What is read later must be read from `source`.
      source: new Proxy(source, {
        get: (target, key) => (key === 'telemetry' ? telemetry : Reflect.get(target, key)),
      }) as ObservedSource,
      onProblem: (message) => {
        throw new Error(message);
      },
    });
    return new TestPanel(panel, telemetry);
  }

  async ask(
    path: string,
    options: { method?: string; headers?: Record<string, string> | string[] } = {},
  ): Promise<Answer> {
    const { port } = new URL(this.panel.url);
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const { method = 'GET', headers = { authorization: `Bearer ${TOKEN}` } } = options;
    const asking = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
      text(response).then(
        (body) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
        reject,
      );
    });
    asking.on('error', reject);
    asking.end();
    return await promise;
  }

  /** What the API answers with 200. */
  async json(path: string): Promise<unknown> {
    const { status, body } = await this.ask(path);
    if (status !== 200) throw new Error(`${path} was answered ${status}: ${body}`);
    return JSON.parse(body);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.panel.close();
  }
}

export function worker(name: string, path: string, changes: Partial<GuestSpec> = {}): ServedWorker {
  const guest: GuestSpec = {
    language: 'javascript',
    file: `/srv/app/${name}`,
    name,
    root: '/app',
    vars: {},
    folders: [],
    limits: workerLimits(),
    http: { allowedHosts: [], allowedMethods: ['GET'], allowHttp: false },
    binaryBodies: false,
    kv: undefined,
    ...changes,
  };
  return { name, path, guest };
}

const NO_STORE: KvContents = {
  name: async () => Promise.reject(new Error('nobody has a store')),
  keys: async () => Promise.reject(new Error('nobody has a store')),
  value: async () => Promise.reject(new Error('nobody has a store')),
};

export function source(changes: Partial<PanelSource> = {}): PanelSource {
  return {
    root: '/srv/app',
    workers: [],
    problems: new Map(),
    publicDirectory: undefined,
    kv: NO_STORE,
    ...changes,
  };
}

export function report(changes: Partial<RequestReport> = {}): RequestReport {
  return {
    id: 'id',
    began: 1_000,
    method: 'GET',
    target: '/',
    route: '/',
    worker: 'index.js',
    status: 200,
    bytes: 2,
    outcome: 'answered',
    timings: { body: 0, queued: 1, ran: 2, total: 4 },
    problem: undefined,
    said: '',
    ...changes,
  };
}
